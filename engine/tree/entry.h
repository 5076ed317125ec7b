// What the project knows of one file: a name in a directory, and its attributes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/fs/directory.h"

namespace g5ksync::tree {

/// An entry's number in one run. 0 is the root; a directory's entries are numbered in a row, in the order of its
/// listing, when the listing is published.
using EntryId = std::uint64_t;
inline constexpr EntryId kRoot = 0;

struct FileEntry {
  std::string name;  // bytes; a single component
  fs::Stat stat;
  std::string link_target;  // symbolic links only
};

/// One directory's entries, in byte order of their names. A directory's attributes are in its parent's listing; the
/// root's own are in `self` where the source's contents were asked for (SRC/).
struct Listing {
  std::vector<FileEntry> entries;
  bool complete = true;  // false when the directory, or an entry of it, could not be read: nothing is deleted there
  bool empty_source = false;  // a directory that the user named, with nothing in it: nothing is deleted there either
  std::vector<std::string> temporary;  // names of the project's own temporary files there, which are no entries
};

}  // namespace g5ksync::tree
