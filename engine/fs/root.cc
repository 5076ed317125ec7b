// Where a Directory comes from: the one place that takes a path from the user.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "engine/fs/directory.h"
#include "engine/fs/means.h"
#include "engine/fs/posix_directory.h"

namespace g5ksync::fs {

base::Result<std::unique_ptr<Directory>> open_root_with(const std::string& path, const Means& means) {
  if (path.find('\0') != std::string::npos) return base::fail(base::ErrorKind::usage, "NUL in a path");
  // O_DIRECTORY also makes an automounter mount it.
  base::Fd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return base::fail_errno(errno, "open " + path);
  return std::make_unique<PosixDirectory>(std::move(fd), means);
}

base::Result<std::unique_ptr<Directory>> open_root(const std::string& path) { return open_root_with(path, Means{}); }

base::Result<std::unique_ptr<Directory>> open_or_make_root(const std::string& path) {
  auto opened = open_root(path);
  if (opened || opened.error().sys_errno != ENOENT || path.empty()) return opened;
  int reason = 0;  // of the first directory that could not be made, most of them being there already
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    if (::mkdir(path.substr(0, end).c_str(), 0777) != 0 && errno != EEXIST && reason == 0) reason = errno;
  }
  opened = open_root(path);
  if (!opened && reason != 0) return base::fail_errno(reason, "make directory " + path);
  return opened;
}

}  // namespace g5ksync::fs
