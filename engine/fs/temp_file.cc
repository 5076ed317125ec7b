#include "engine/fs/temp_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "engine/fs/attributes.h"
#include "engine/fs/leaf_name.h"

namespace g5ksync::fs {
namespace {

class PosixTempFile final : public TempFile {
 public:
  PosixTempFile(std::shared_ptr<const base::Fd> directory, std::string name, base::Fd file)
      : directory_(std::move(directory)), name_(std::move(name)), file_(std::move(file)) {}
  PosixTempFile(const PosixTempFile&) = delete;
  PosixTempFile& operator=(const PosixTempFile&) = delete;
  ~PosixTempFile() override {
    if (!committed_) ::unlinkat(directory_->get(), name_.c_str(), 0);
  }

  base::Result<void> write_at(std::uint64_t offset, base::ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return base::fail_errno(errno, "write " + name_);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return fs::read_at(file_, offset, into);
  }

  base::Result<void> commit(const Attributes& attributes, std::string_view name) override {
    G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
    if (auto set = set_open_file_attributes(file_, attributes); !set)
      return base::Failure(std::move(set).error().with(name));
    if (::renameat(directory_->get(), name_.c_str(), directory_->get(), leaf.c_str()) != 0)
      return base::fail_errno(errno, "rename onto " + std::string(name));
    committed_ = true;
    return {};
  }

  const std::string& temp_name() const override { return name_; }

 private:
  std::shared_ptr<const base::Fd> directory_;
  std::string name_;
  base::Fd file_;
  bool committed_ = false;
};

}  // namespace

base::Result<std::unique_ptr<TempFile>> create_posix_temp(std::shared_ptr<const base::Fd> directory,
                                                          std::string_view name) {
  G5K_TRY(check_name(name));
  std::string path(name);
  base::Fd file(::openat(directory->get(), path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return base::fail_errno(errno, "create " + path);
  return std::make_unique<PosixTempFile>(std::move(directory), std::move(path), std::move(file));
}

}  // namespace g5ksync::fs
