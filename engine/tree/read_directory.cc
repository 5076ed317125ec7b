#include "engine/tree/read_directory.h"

#include <cerrno>
#include <utility>

#include "engine/fs/names.h"

namespace g5ksync::tree {
namespace {

constexpr std::size_t kNamesBetweenLooks = 256;  // at the cancel flag

base::Result<FileEntry> read_entry(const fs::Directory& directory, std::string& name) {
  FileEntry entry;
  G5K_ASSIGN(entry.stat, directory.stat(name));
  if (entry.stat.type == fs::FileType::symlink) {
    G5K_ASSIGN(entry.link_target, directory.read_link(name));
  }
  entry.name = std::move(name);
  return entry;
}

}  // namespace

Listing Reader::read(const fs::Directory& directory, std::span<std::string> names) const {
  Listing listing;
  listing.entries.reserve(names.size());
  std::string full = path.empty() ? path : path + "/";
  const std::size_t prefix = full.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i % kNamesBetweenLooks == 0 && cancelled.load(std::memory_order_relaxed)) return {{}, false, false, {}};
    if (!fs::run_id_of(names[i]).empty()) {
      listing.temporary.push_back(std::move(names[i]));
      continue;
    }
    auto entry = read_entry(directory, names[i]);
    if (!entry && entry.error().sys_errno == ENOENT) continue;
    full.replace(prefix, std::string::npos, entry ? entry->name : names[i]);
    if (!entry) {
      listing.complete = false;
      problem(full, std::move(entry).error());
    } else if (!rules.excluded(full, entry->stat.type)) {
      listing.entries.push_back(*std::move(entry));
    }
  }
  return listing;
}

}  // namespace g5ksync::tree
