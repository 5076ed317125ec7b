#include "engine/fs/resolve.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <string>

namespace g5ksync::fs {
namespace {

constexpr int kStepFlags = O_PATH | O_DIRECTORY;
constexpr std::size_t kLongestPiece = PATH_MAX - 1;

std::atomic<bool> kernel_has_openat2{true};

/// -1 and errno, as open(2).
int try_openat2(int root, const char* path, int flags) {
  open_how how{};
  // No O_NOFOLLOW: RESOLVE_NO_SYMLINKS refuses a link at the leaf too, and says ELOOP where that would say ENOTDIR.
  how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC));
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  for (int attempt = 0;; ++attempt) {
    const auto fd = static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
    // EAGAIN: a rename crossed the look-up and the kernel could not be sure.
    if (fd >= 0 || (errno != EINTR && (errno != EAGAIN || attempt > 100))) return fd;
  }
}

/// One component. A symbolic link opened with O_DIRECTORY is ENOTDIR to the kernel; here it is ELOOP, as in openat2.
int open_step(int directory, const char* name, int flags) {
  int fd = -1;
  do {
    fd = ::openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0 || errno != ENOTDIR) return fd;
  struct stat leaf;
  const bool is_link = ::fstatat(directory, name, &leaf, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(leaf.st_mode);
  errno = is_link ? ELOOP : ENOTDIR;
  return -1;
}

int walk(int root, std::string path, int flags) {
  base::Fd held;
  std::size_t start = 0;
  for (;;) {
    const std::size_t slash = path.find('/', start);
    const int from = held ? held.get() : root;
    if (slash == std::string::npos) return open_step(from, path.c_str() + start, flags);
    path[slash] = '\0';
    base::Fd next(open_step(from, path.c_str() + start, kStepFlags));
    if (!next) return -1;
    held = std::move(next);
    start = slash + 1;
  }
}

int open_piece(int root, const std::string& path, int flags, const Means& means) {
  if (means.openat2 && kernel_has_openat2.load(std::memory_order_relaxed)) {
    const int fd = try_openat2(root, path.c_str(), flags);
    // EPERM: some container filters refuse calls that they do not know; the walk finds out if it was meant.
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
    if (errno == ENOSYS) kernel_has_openat2.store(false, std::memory_order_relaxed);
  }
  return walk(root, path, flags);
}

base::Result<void> check_components(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    G5K_TRY(check_name(path.substr(0, slash)));
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
}

/// The longest prefix of whole components that one system call takes.
std::string_view first_piece(std::string_view path) {
  if (path.size() <= kLongestPiece) return path;
  return path.substr(0, path.rfind('/', kLongestPiece));
}

}  // namespace

base::Result<base::Fd> open_beneath(int root, std::string_view path, int flags, const Means& means) {
  G5K_TRY(check_components(path));
  base::Fd held;
  for (std::string_view rest = path;;) {
    const std::string_view piece = first_piece(rest);
    const bool last = piece.size() == rest.size();
    const int from = held ? held.get() : root;
    base::Fd next(open_piece(from, std::string(piece), last ? flags : kStepFlags, means));
    if (!next) return base::fail_errno(errno, "open " + std::string(path));
    if (last) return next;
    held = std::move(next);
    rest.remove_prefix(piece.size() + 1);
  }
}

}  // namespace g5ksync::fs
