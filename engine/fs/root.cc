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
  if (opened || opened.error().sys_errno != ENOENT) return opened;
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    ::mkdir(path.substr(0, end).c_str(), 0777);  // most are there; what really failed shows at the end
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST && errno != ENOENT)
    return base::fail_errno(errno, "make directory " + path);
  return open_root(path);
}

}  // namespace g5ksync::fs
