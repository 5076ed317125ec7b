// What a published entry has besides what was read of it: names of its owner and group, and its group of hard links.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "proto/messages.h"

namespace g5ksync::proto {

/// Names for owners and groups; a source that sends numbers only has none. Called from many threads at once.
struct OwnerNames {
  std::function<std::string(std::uint32_t uid)> user;
  std::function<std::string(std::uint32_t gid)> group;
};

/// Any thread, once it is set up.
class Describer {
 public:
  explicit Describer(const tree::AttributeMask& mask) : mask_(mask) {}
  void name_owners(OwnerNames names) { names_ = std::move(names); }
  /// Files with several names get a link group, which is a number of this run: no two files share one.
  void group_links() { links_ = true; }

  ListingEntry describe(tree::FileEntry entry);
  void describe(RootRecord& root) const;

 private:
  std::string user_of(const fs::Stat& stat) const;
  std::string group_of(const fs::Stat& stat) const;

  const tree::AttributeMask mask_;
  OwnerNames names_;
  bool links_ = false;
  std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> groups_;  // by device and inode
};

}  // namespace g5ksync::proto
