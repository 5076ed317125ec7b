#include "engine/fs/temp_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>

#include "engine/fs/attributes.h"
#include "engine/fs/leaf_name.h"

namespace g5ksync::fs {
namespace {

constexpr std::size_t kBlock = 4096;  // of zeros, to become a hole
/// In one call. Longer writes make the page cache look for longer stretches of memory, which costs more than the calls:
/// 1.3 GB on ext4 took 0.6 s of CPU in calls of 128 KiB, and 1.1 to 3 s in calls of 1 MiB.
constexpr std::size_t kWrite = std::size_t{128} << 10;
constexpr std::size_t kCopyStep = std::size_t{1} << 20;

class PosixTempFile final : public TempFile {
 public:
  PosixTempFile(std::shared_ptr<const base::Fd> directory, std::string name, base::Fd file)
      : directory_(std::move(directory)), name_(std::move(name)), file_(std::move(file)) {}
  PosixTempFile(const PosixTempFile&) = delete;
  PosixTempFile& operator=(const PosixTempFile&) = delete;
  ~PosixTempFile() override {
    if (!committed_ && !kept_) ::unlinkat(directory_->get(), name_.c_str(), 0);
  }

  base::Result<void> write_at(std::uint64_t offset, base::ByteView bytes) override {
    if (!sparse_) return write_bytes(offset, bytes);
    const std::scoped_lock lock(mutex_);  // of the size: two writers must not cut each other's ends off
    while (!bytes.empty()) {
      const bool zero = is_zero(block_of(offset, bytes));
      std::size_t run = 0;
      while (run < bytes.size() && is_zero(block_of(offset + run, bytes.subspan(run))) == zero)
        run += block_of(offset + run, bytes.subspan(run)).size();
      G5K_TRY(zero ? write_hole(offset, bytes.first(run)) : write_bytes(offset, bytes.first(run)));
      offset += run;
      size_ = std::max(size_, offset);
      bytes = bytes.subspan(run);
    }
    return {};
  }

  void begin_writeback(std::uint64_t offset, std::uint64_t length) override {
    ::sync_file_range(file_.get(), static_cast<off_t>(offset), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
  }
  void make_sparse() override { sparse_ = true; }
  void keep() override { kept_ = true; }

  base::Result<std::uint64_t> copy_from(const base::Fd& from, std::uint64_t offset, std::uint64_t length) override {
    std::uint64_t done = sparse_ ? 0 : copy_inside(from, offset, length);
    base::Bytes step(static_cast<std::size_t>(std::min<std::uint64_t>(length - done, kCopyStep)));
    while (done < length) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length - done, step.size()));
      G5K_ASSIGN(const std::size_t count, fs::read_at(from, offset + done, std::span(step).first(wanted)));
      G5K_TRY(write_at(offset + done, base::ByteView(step).first(count)));
      done += count;
      if (count < wanted) break;
    }
    return done;
  }

 private:
  /// How far the kernel goes with these two files.
  std::uint64_t copy_inside(const base::Fd& from, std::uint64_t offset, std::uint64_t length) {
    std::uint64_t done = 0;
    while (done < length) {
      auto in = static_cast<loff_t>(offset + done), out = in;
      const ssize_t count =
          ::copy_file_range(from.get(), &in, file_.get(), &out, static_cast<std::size_t>(length - done), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::uint64_t>(count);
    }
    return done;
  }
  /// The bytes up to the next multiple of kBlock in the file.
  static base::ByteView block_of(std::uint64_t offset, base::ByteView bytes) {
    return bytes.first(std::min(bytes.size(), kBlock - static_cast<std::size_t>(offset % kBlock)));
  }
  static bool is_zero(base::ByteView bytes) {
    return bytes.front() == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
  }

  /// What is past the end is a hole already; what was written before is made one again.
  base::Result<void> write_hole(std::uint64_t offset, base::ByteView zeros) {
    const std::uint64_t end = offset + zeros.size();
    if (offset < size_ && ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                      static_cast<off_t>(offset), static_cast<off_t>(zeros.size())) != 0)
      return write_bytes(offset, zeros);
    if (end > size_ && ::ftruncate(file_.get(), static_cast<off_t>(end)) != 0)
      return base::fail_errno(errno, "write " + name_);
    return {};
  }

  base::Result<void> write_bytes(std::uint64_t offset, base::ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(file_.get(), bytes.data(), std::min(bytes.size(), kWrite), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return base::fail_errno(errno, "write " + name_);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

 public:
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
  bool committed_ = false, kept_ = false;
  std::atomic<bool> sparse_{false};
  std::mutex mutex_;
  std::uint64_t size_ = 0;  // of a sparse file, so far
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
