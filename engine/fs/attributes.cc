#include "engine/fs/attributes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

namespace g5ksync::fs {
namespace {

#ifdef SYS_fchmodat2
constexpr long kFchmodat2 = SYS_fchmodat2;
#else
constexpr long kFchmodat2 = 452;  // the same on every architecture
#endif

using Times = std::array<timespec, 2>;

Times times_of(const Attributes& attributes) {
  const long nanos = attributes.mtime_now ? UTIME_NOW : static_cast<long>(attributes.mtime.nanos);
  return {{{0, UTIME_OMIT}, {attributes.mtime.seconds, nanos}}};
}

uid_t uid_of(const Attributes& attributes) { return attributes.set_uid ? attributes.uid : static_cast<uid_t>(-1); }
gid_t gid_of(const Attributes& attributes) { return attributes.set_gid ? attributes.gid : static_cast<gid_t>(-1); }

std::string proc_name(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

bool same_file(int one, int other) {
  struct stat a, b;
  return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// A descriptor of the same file that fchmod accepts; none where it cannot be had without side effects.
base::Fd reopen(const HeldEntry& entry) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  if (entry.type == FileType::directory) return base::Fd(::openat(entry.fd, ".", flags | O_DIRECTORY));
  if (entry.type != FileType::regular || entry.name == nullptr) return {};
  base::Fd fd(::openat(entry.parent, entry.name, flags));
  return fd && same_file(fd.get(), entry.fd) ? std::move(fd) : base::Fd();
}

base::Result<void> set_mode(const HeldEntry& entry, std::uint32_t mode, const Means& means) {
  if (means.empty_path) {
    if (::syscall(kFchmodat2, entry.fd, "", mode, AT_EMPTY_PATH) == 0) return {};
    if (errno != ENOSYS && errno != EPERM) return base::fail_errno(errno, "set mode");
  }
  if (means.proc) {
    if (::chmod(proc_name(entry.fd).c_str(), mode) == 0) return {};
    if (errno != ENOENT && errno != ENOTDIR) return base::fail_errno(errno, "set mode");
  }
  const base::Fd again = reopen(entry);
  if (!again) return base::fail(base::ErrorKind::unsupported, "set mode: needs /proc or Linux 6.6");
  if (::fchmod(again.get(), mode) != 0) return base::fail_errno(errno, "set mode");
  return {};
}

base::Result<void> set_mtime(const HeldEntry& entry, const Times& times, const Means& means) {
  if (means.empty_path) {
    if (::utimensat(entry.fd, "", times.data(), AT_EMPTY_PATH) == 0) return {};
    if (errno != EINVAL) return base::fail_errno(errno, "set mtime");
  }
  // An old kernel. By name in the held parent: what has taken the name since is in the same directory.
  if (entry.name != nullptr) {
    if (::utimensat(entry.parent, entry.name, times.data(), AT_SYMLINK_NOFOLLOW) == 0) return {};
    return base::fail_errno(errno, "set mtime");
  }
  if (means.proc && ::utimensat(AT_FDCWD, proc_name(entry.fd).c_str(), times.data(), 0) == 0) return {};
  if (::utimensat(entry.fd, ".", times.data(), 0) == 0) return {};
  return base::fail_errno(errno, "set mtime");
}

/// The mode where a change of owner would take setuid or setgid away, although the mode is to stay. The kernel takes
/// them from all but directories; symbolic links have none.
std::optional<std::uint32_t> mode_to_keep(const HeldEntry& entry, const Attributes& attributes) {
  struct stat now;
  const bool may_lose = entry.type != FileType::directory && entry.type != FileType::symlink;
  if (attributes.set_mode || !may_lose || ::fstat(entry.fd, &now) != 0) return std::nullopt;
  return (now.st_mode & (S_ISUID | S_ISGID)) != 0 ? std::optional(now.st_mode & 07777) : std::nullopt;
}

}  // namespace

base::Result<void> set_open_file_attributes(const base::Fd& file, const Attributes& attributes) {
  const bool owned = attributes.set_uid || attributes.set_gid;
  if (owned && ::fchown(file.get(), uid_of(attributes), gid_of(attributes)) != 0)
    return base::fail_errno(errno, "set owner");
  if (attributes.set_mode && ::fchmod(file.get(), attributes.mode & 07777) != 0)
    return base::fail_errno(errno, "set mode");
  if (attributes.set_mtime && ::futimens(file.get(), times_of(attributes).data()) != 0)
    return base::fail_errno(errno, "set mtime");
  return {};
}

base::Result<void> set_held_attributes(const HeldEntry& entry, const Attributes& attributes, const Means& means) {
  const bool owned = attributes.set_uid || attributes.set_gid;
  const std::optional<std::uint32_t> kept = owned ? mode_to_keep(entry, attributes) : std::nullopt;
  if (owned && ::fchownat(entry.fd, "", uid_of(attributes), gid_of(attributes), AT_EMPTY_PATH) != 0)
    return base::fail_errno(errno, "set owner");
  if (kept) G5K_TRY(set_mode(entry, *kept, means));
  if (attributes.set_mode && entry.type != FileType::symlink) G5K_TRY(set_mode(entry, attributes.mode & 07777, means));
  if (attributes.set_mtime) G5K_TRY(set_mtime(entry, times_of(attributes), means));
  return {};
}

}  // namespace g5ksync::fs
