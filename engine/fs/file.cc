#include <sys/stat.h>

#include <cerrno>

#include "engine/fs/directory.h"
#include "engine/fs/stat.h"

namespace g5ksync::fs {

base::Result<void> check_name(std::string_view name) {
  const bool sound = !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
                     name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
  if (sound) return {};
  return base::fail(base::ErrorKind::protocol, "not a file name: '" + std::string(name.substr(0, 300)) + "'");
}

base::Result<std::size_t> read_at(const base::Fd& file, std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count =
        ::pread(file.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno(errno, "read");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

base::Result<Stat> stat_of(const base::Fd& file) {
  struct stat raw;
  if (::fstat(file.get(), &raw) != 0) return base::fail_errno(errno, "stat");
  return to_stat(raw);
}

Stat to_stat(const struct stat& raw) {
  Stat stat;
  stat.type = type_of_mode(raw.st_mode);
  stat.mode = raw.st_mode & 07777;
  stat.uid = raw.st_uid;
  stat.gid = raw.st_gid;
  stat.size = static_cast<std::uint64_t>(raw.st_size);
  stat.mtime = {raw.st_mtim.tv_sec, static_cast<std::uint32_t>(raw.st_mtim.tv_nsec)};
  stat.ctime = {raw.st_ctim.tv_sec, static_cast<std::uint32_t>(raw.st_ctim.tv_nsec)};
  stat.dev = raw.st_dev;
  stat.ino = raw.st_ino;
  stat.nlink = raw.st_nlink;
  stat.rdev = raw.st_rdev;
  return stat;
}

FileType type_of_mode(std::uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return FileType::directory;
    case S_IFLNK:
      return FileType::symlink;
    case S_IFIFO:
      return FileType::fifo;
    case S_IFSOCK:
      return FileType::socket;
    case S_IFCHR:
      return FileType::char_device;
    case S_IFBLK:
      return FileType::block_device;
    default:
      return FileType::regular;
  }
}

}  // namespace g5ksync::fs
