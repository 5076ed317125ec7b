// Removing a directory with all that is in it, which may be hostile: no symbolic link is followed, no mount point is
// entered, and everything happens beneath a held directory.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "engine/fs/directory.h"

namespace g5ksync::fs {

/// What remove_tree() asks and tells. Paths begin with the name that it was given.
struct TreeRemoval {
  std::function<bool(const std::string& path, FileType type)> keeps;       // it stays, and so do the directories above
  std::function<void(const std::string& path, FileType type)> gone;        // contents before their directory
  std::function<void(const std::string& path, base::Error error)> failed;  // it stays; the rest goes
  bool only_tell = false;                                                  // removes nothing
  const std::atomic<bool>* cancelled = nullptr;
};

/// Removes `name` in `directory`, whatever it is. Directories below `directory` that their owner may not read or write
/// are made so. True if nothing is left of it (with only_tell: would be); what is not there is not left.
bool remove_tree(Directory& directory, const std::string& name, const TreeRemoval& how);

}  // namespace g5ksync::fs
