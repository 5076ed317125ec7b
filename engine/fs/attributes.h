// Setting a file's attributes: owner, then mode (a change of owner clears the setid bits), then mtime.
#pragma once

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/fs/directory.h"
#include "engine/fs/means.h"

namespace g5ksync::fs {

/// On a file that is open for reading or writing.
base::Result<void> set_open_file_attributes(const base::Fd& file, const Attributes& attributes);

/// A file that is named by an O_PATH descriptor, so that nothing is opened for I/O (a fifo has no reader the sooner, a
/// tape is not wound) and a file that its owner may not read can still be given a mode.
struct HeldEntry {
  int fd = -1;  // O_PATH | O_NOFOLLOW
  FileType type = FileType::regular;
  int parent = -1;  // the directory that holds it, and its name there; nothing for a root
  const char* name = nullptr;
};

/// On `entry`; its mode is left alone if it is a symbolic link. The ways to set a mode, best first: fchmodat2; the
/// descriptor's name in /proc/self/fd; for readable directories and regular files a second descriptor, checked to be
/// the same file. Only fifos and devices on an old kernel without /proc have none: unsupported.
base::Result<void> set_held_attributes(const HeldEntry& entry, const Attributes& attributes, const Means& means);

}  // namespace g5ksync::fs
