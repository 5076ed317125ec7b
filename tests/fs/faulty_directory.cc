#include "tests/fs/faulty_directory.h"

#include <cerrno>
#include <utility>

namespace g5ksync::test {

void Faults::fail(Verb verb, int sys_errno, int nth, Span span) {
  const std::scoped_lock lock(mutex_);
  plans_.push_back({verb, nth, span, sys_errno, nullptr});
}

void Faults::before(Verb verb, std::function<void(std::string_view)> act, int nth) {
  const std::scoped_lock lock(mutex_);
  plans_.push_back({verb, nth, Span::once, 0, std::move(act)});
}

void Faults::crash() {
  const std::scoped_lock lock(mutex_);
  crashed_ = true;
}

bool Faults::crashed() const {
  const std::scoped_lock lock(mutex_);
  return crashed_;
}

int Faults::calls(Verb verb) const {
  const std::scoped_lock lock(mutex_);
  return calls_[static_cast<std::size_t>(verb)];
}

std::optional<int> Faults::strike(Verb verb, std::string_view name) {
  std::optional<int> failure;
  std::vector<std::function<void(std::string_view)>> acts;
  {
    const std::scoped_lock lock(mutex_);
    ++calls_[static_cast<std::size_t>(verb)];
    if (crashed_) failure = EIO;
    for (Plan& plan : plans_) {
      if (plan.verb != verb || --plan.wait > 0) continue;
      if (plan.act && plan.wait == 0) acts.push_back(plan.act);
      if (!plan.act && (plan.wait == 0 || plan.span == Span::from_then_on)) failure = plan.sys_errno;
    }
  }
  for (const auto& act : acts) act(name);
  return failure;
}

namespace {

/// Where the temp files of a crashed run go: they are removed from disk when the test program ends, not before.
void bury(std::unique_ptr<fs::TempFile> file) {
  static std::mutex mutex;
  static std::vector<std::unique_ptr<fs::TempFile>> buried;
  const std::scoped_lock lock(mutex);
  buried.push_back(std::move(file));
}

class FaultyTempFile final : public fs::TempFile {
 public:
  FaultyTempFile(std::unique_ptr<fs::TempFile> real, std::shared_ptr<Faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {}
  FaultyTempFile(const FaultyTempFile&) = delete;
  FaultyTempFile& operator=(const FaultyTempFile&) = delete;
  ~FaultyTempFile() override {
    if (faults_->crashed()) bury(std::move(real_));
  }

  base::Result<void> write_at(std::uint64_t offset, base::ByteView bytes) override {
    if (const auto code = faults_->strike(Verb::write, temp_name())) return base::fail_errno(*code, "write");
    return real_->write_at(offset, bytes);
  }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (const auto code = faults_->strike(Verb::read, temp_name())) return base::fail_errno(*code, "read");
    return real_->read_at(offset, into);
  }
  base::Result<std::uint64_t> copy_from(const base::Fd& from, std::uint64_t offset, std::uint64_t length) override {
    if (const auto code = faults_->strike(Verb::write, temp_name())) return base::fail_errno(*code, "write");
    return real_->copy_from(from, offset, length);
  }
  base::Result<void> commit(const fs::Attributes& attributes, std::string_view name) override {
    if (const auto code = faults_->strike(Verb::commit, name)) return base::fail_errno(*code, "commit");
    return real_->commit(attributes, name);
  }
  void begin_writeback(std::uint64_t offset, std::uint64_t length) override { real_->begin_writeback(offset, length); }
  void make_sparse() override { real_->make_sparse(); }
  void keep() override { real_->keep(); }
  const std::string& temp_name() const override { return real_->temp_name(); }

 private:
  std::unique_ptr<fs::TempFile> real_;
  std::shared_ptr<Faults> faults_;
};

class FaultyDirectory final : public fs::Directory {
 public:
  FaultyDirectory(std::unique_ptr<fs::Directory> real, std::shared_ptr<Faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {}

  base::Result<std::vector<std::string>> names() const override {
    return guarded(Verb::names, ".", [&] { return real_->names(); });
  }
  base::Result<fs::Stat> stat(std::string_view name) const override {
    return guarded(Verb::stat, name, [&] { return real_->stat(name); });
  }
  base::Result<fs::Stat> stat_self() const override {
    return guarded(Verb::stat_self, ".", [&] { return real_->stat_self(); });
  }
  base::Result<std::unique_ptr<fs::Directory>> open_directory(std::string_view path) const override {
    return guarded(Verb::open_directory, path, [&] { return real_->open_directory(path); })
        .map([&](std::unique_ptr<fs::Directory> opened) { return make_faulty(std::move(opened), faults_); });
  }
  base::Result<base::Fd> open_file(std::string_view path) const override {
    return guarded(Verb::open_file, path, [&] { return real_->open_file(path); });
  }
  base::Result<bool> is_mount_point(std::string_view name) const override {
    return guarded(Verb::stat, name, [&] { return real_->is_mount_point(name); });
  }
  base::Result<std::string> read_link(std::string_view name) const override {
    return guarded(Verb::read_link, name, [&] { return real_->read_link(name); });
  }
  base::Result<void> make_directory(std::string_view name, std::uint32_t mode) override {
    return guarded(Verb::make_directory, name, [&] { return real_->make_directory(name, mode); });
  }
  base::Result<void> make_link(std::string_view name, const fs::Directory& holder, std::string_view existing) override {
    return guarded(Verb::make_node, name, [&] { return real_->make_link(name, holder, existing); });
  }
  int descriptor() const override { return real_->descriptor(); }
  base::Result<void> make_symlink(std::string_view name, std::string_view target) override {
    return guarded(Verb::make_symlink, name, [&] { return real_->make_symlink(name, target); });
  }
  base::Result<void> make_node(std::string_view name, fs::FileType type, std::uint32_t mode,
                               std::uint64_t rdev) override {
    return guarded(Verb::make_node, name, [&] { return real_->make_node(name, type, mode, rdev); });
  }
  base::Result<std::unique_ptr<fs::TempFile>> create_temp(std::string_view name) override {
    return guarded(Verb::create_temp, name, [&] { return real_->create_temp(name); })
        .map([&](std::unique_ptr<fs::TempFile> made) -> std::unique_ptr<fs::TempFile> {
          return std::make_unique<FaultyTempFile>(std::move(made), faults_);
        });
  }
  base::Result<void> rename(std::string_view from, std::string_view to) override {
    return guarded(Verb::rename, from, [&] { return real_->rename(from, to); });
  }
  base::Result<void> remove_file(std::string_view name) override {
    return guarded(Verb::remove_file, name, [&] { return real_->remove_file(name); });
  }
  base::Result<void> remove_directory(std::string_view name) override {
    return guarded(Verb::remove_directory, name, [&] { return real_->remove_directory(name); });
  }
  base::Result<void> set_attributes(std::string_view name, fs::FileType type,
                                    const fs::Attributes& attributes) override {
    return guarded(Verb::set_attributes, name, [&] { return real_->set_attributes(name, type, attributes); });
  }
  base::Result<void> set_own_attributes(const fs::Attributes& attributes) override {
    return guarded(Verb::set_own_attributes, ".", [&] { return real_->set_own_attributes(attributes); });
  }

 private:
  template <class Call>
  auto guarded(Verb verb, std::string_view name, Call call) const -> decltype(call()) {
    if (const auto code = faults_->strike(verb, name)) return base::fail_errno(*code, std::string(name));
    return call();
  }

  std::unique_ptr<fs::Directory> real_;
  std::shared_ptr<Faults> faults_;
};

}  // namespace

std::unique_ptr<fs::Directory> make_faulty(std::unique_ptr<fs::Directory> real, std::shared_ptr<Faults> faults) {
  return std::make_unique<FaultyDirectory>(std::move(real), std::move(faults));
}

}  // namespace g5ksync::test
