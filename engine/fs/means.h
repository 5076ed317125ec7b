// What the system offers to the posix implementation. Each field is found out at run time; tests turn one off to take
// the way that an older kernel, or a chroot without /proc, would make it take.
#pragma once

#include <memory>
#include <string>

#include "engine/base/error.h"
#include "engine/fs/directory.h"

namespace g5ksync::fs {

struct Means {
  bool openat2 = true;     // Linux 5.6; without: a walk with O_NOFOLLOW, one component at a time
  bool empty_path = true;  // fchmodat2 (6.6) and utimensat (5.8) on an O_PATH descriptor with AT_EMPTY_PATH
  bool proc = true;        // /proc/self/fd names an O_PATH descriptor
};

/// open_root() with less than the system has.
base::Result<std::unique_ptr<Directory>> open_root_with(const std::string& path, const Means& means);

}  // namespace g5ksync::fs
