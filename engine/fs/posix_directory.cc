#include "engine/fs/posix_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>

#include "engine/fs/attributes.h"
#include "engine/fs/leaf_name.h"
#include "engine/fs/resolve.h"
#include "engine/fs/stat.h"
#include "engine/fs/temp_file.h"

namespace g5ksync::fs {
namespace {

base::Failure failed(std::string_view verb, std::string_view name) {
  const int code = errno;
  return base::fail_errno(code, std::string(verb) + " " + std::string(name));
}

/// Adds the names in a buffer that getdents64 filled: records {ino, off, length, type, name\0}.
void add_names(const char* buffer, std::size_t size, std::vector<std::string>& names) {
  for (std::size_t at = 0; at < size;) {
    const char* record = buffer + at;
    std::uint16_t length = 0;
    std::memcpy(&length, record + offsetof(dirent64, d_reclen), sizeof length);
    const std::string_view name(record + offsetof(dirent64, d_name));
    if (name != "." && name != "..") names.emplace_back(name);
    at += length;
  }
}

std::uint32_t mode_bits(FileType type) {
  switch (type) {
    case FileType::fifo:
      return S_IFIFO;
    case FileType::socket:
      return S_IFSOCK;
    case FileType::char_device:
      return S_IFCHR;
    case FileType::block_device:
      return S_IFBLK;
    default:
      return 0;
  }
}

}  // namespace

base::Result<std::vector<std::string>> PosixDirectory::names() const {
  // A descriptor of its own: the position in the listing belongs to the open file, and other threads may list too.
  const base::Fd listing(::openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!listing) return base::fail_errno(errno, "open directory");
  std::vector<std::string> names;
  alignas(8) std::array<char, 32768> buffer;
  for (;;) {
    const long size = ::syscall(SYS_getdents64, listing.get(), buffer.data(), buffer.size());
    if (size < 0) return base::fail_errno(errno, "read directory");
    if (size == 0) return names;
    add_names(buffer.data(), static_cast<std::size_t>(size), names);
  }
}

base::Result<Stat> PosixDirectory::stat(std::string_view name) const {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  struct stat raw;
  if (::fstatat(fd(), leaf.c_str(), &raw, AT_SYMLINK_NOFOLLOW) != 0) return failed("stat", name);
  return to_stat(raw);
}

base::Result<Stat> PosixDirectory::stat_self() const { return stat_of(*fd_); }

base::Result<std::unique_ptr<Directory>> PosixDirectory::open_directory(std::string_view path) const {
  G5K_ASSIGN(base::Fd opened, open_beneath(fd(), path, O_PATH | O_DIRECTORY, means_));
  return std::make_unique<PosixDirectory>(std::move(opened), means_);
}

base::Result<base::Fd> PosixDirectory::open_file(std::string_view path) const {
  G5K_ASSIGN(base::Fd file, open_beneath(fd(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY, means_));
  G5K_ASSIGN(const Stat stat, stat_of(file));
  if (stat.type != FileType::regular)
    return base::fail(base::ErrorKind::io, "open " + std::string(path) + ": not a regular file");
  return file;
}

base::Result<bool> PosixDirectory::is_mount_point(std::string_view name) const {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  struct statx there;
  if (::statx(fd(), leaf.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &there) != 0)
    return failed("look for a mount on", name);
  if ((there.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
    return (there.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  struct stat own, leaf_stat;  // before Linux 5.8: another device
  if (::fstat(fd(), &own) != 0 || ::fstatat(fd(), leaf.c_str(), &leaf_stat, AT_SYMLINK_NOFOLLOW) != 0)
    return failed("look for a mount on", name);
  return own.st_dev != leaf_stat.st_dev;
}

base::Result<std::string> PosixDirectory::read_link(std::string_view name) const {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  std::array<char, 4096> target;  // Linux has no longer ones: PATH_MAX counts the NUL
  const ssize_t size = ::readlinkat(fd(), leaf.c_str(), target.data(), target.size());
  if (size < 0) return failed("read link", name);
  return std::string(target.data(), static_cast<std::size_t>(size));
}

base::Result<void> PosixDirectory::make_directory(std::string_view name, std::uint32_t mode) {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  if (::mkdirat(fd(), leaf.c_str(), mode & 07777) != 0) return failed("make directory", name);
  return {};
}

base::Result<void> PosixDirectory::make_symlink(std::string_view name, std::string_view target) {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  if (target.find('\0') != std::string_view::npos)
    return base::fail(base::ErrorKind::protocol, "make link " + std::string(name) + ": NUL in its target");
  if (::symlinkat(std::string(target).c_str(), fd(), leaf.c_str()) != 0) return failed("make link", name);
  return {};
}

base::Result<void> PosixDirectory::make_node(std::string_view name, FileType type, std::uint32_t mode,
                                             std::uint64_t rdev) {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  const std::uint32_t bits = mode_bits(type);
  if (bits == 0) return base::fail(base::ErrorKind::io, "make node " + std::string(name) + ": not a node's type");
  const bool device = type == FileType::char_device || type == FileType::block_device;
  if (::mknodat(fd(), leaf.c_str(), bits | (mode & 07777), device ? rdev : 0) != 0) return failed("make node", name);
  return {};
}

base::Result<void> PosixDirectory::make_link(std::string_view name, const Directory& holder,
                                             std::string_view existing) {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  G5K_ASSIGN(const LeafName old_leaf, LeafName::checked(existing));
  if (::linkat(holder.descriptor(), old_leaf.c_str(), fd(), leaf.c_str(), 0) != 0) return failed("link", existing);
  return {};
}

base::Result<std::unique_ptr<TempFile>> PosixDirectory::create_temp(std::string_view temp_name) {
  return create_posix_temp(fd_, temp_name);
}

base::Result<void> PosixDirectory::rename(std::string_view from, std::string_view to) {
  G5K_ASSIGN(const LeafName old_leaf, LeafName::checked(from));
  G5K_ASSIGN(const LeafName new_leaf, LeafName::checked(to));
  if (::renameat(fd(), old_leaf.c_str(), fd(), new_leaf.c_str()) != 0) return failed("rename", from);
  return {};
}

base::Result<void> PosixDirectory::remove_file(std::string_view name) {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  if (::unlinkat(fd(), leaf.c_str(), 0) != 0) return failed("remove", name);
  return {};
}

base::Result<void> PosixDirectory::remove_directory(std::string_view name) {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  if (::unlinkat(fd(), leaf.c_str(), AT_REMOVEDIR) != 0) return failed("remove directory", name);
  return {};
}

base::Result<void> PosixDirectory::set_attributes(std::string_view name, FileType type, const Attributes& attributes) {
  G5K_ASSIGN(const LeafName leaf, LeafName::checked(name));
  const base::Fd held(::openat(fd(), leaf.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!held) return failed("open", name);
  G5K_ASSIGN(const Stat stat, stat_of(held));
  if (stat.type != type)
    return base::fail(base::ErrorKind::changed, "set attributes of " + std::string(name) + ": its type has changed");
  if (auto set = set_held_attributes({held.get(), type, fd(), leaf.c_str()}, attributes, means_); !set)
    return base::Failure(std::move(set).error().with(name));
  return {};
}

base::Result<void> PosixDirectory::set_own_attributes(const Attributes& attributes) {
  return set_held_attributes({fd(), FileType::directory, -1, nullptr}, attributes, means_);
}

}  // namespace g5ksync::fs
