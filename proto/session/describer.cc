#include "proto/session/describer.h"

namespace g5ksync::proto {

std::string Describer::user_of(const fs::Stat& stat) const {
  return mask_.owner && names_.user ? names_.user(stat.uid) : std::string();
}

std::string Describer::group_of(const fs::Stat& stat) const {
  return mask_.group && names_.group ? names_.group(stat.gid) : std::string();
}

ListingEntry Describer::describe(tree::FileEntry entry) {
  ListingEntry made;
  const fs::Stat& stat = entry.stat;
  made.owner_name = user_of(stat);
  made.group_name = group_of(stat);
  if (links_ && stat.nlink > 1 && stat.type != fs::FileType::directory) {
    const std::scoped_lock lock(mutex_);
    made.link_group = groups_.try_emplace({stat.dev, stat.ino}, groups_.size() + 1).first->second;
  }
  made.entry = std::move(entry);
  return made;
}

void Describer::describe(RootRecord& root) const {
  if (!root.own_attributes) return;
  root.owner_name = user_of(*root.own_attributes);
  root.group_name = group_of(*root.own_attributes);
}

}  // namespace g5ksync::proto
