// Hosts that have the same to be said of them share a line.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace g5ksync::app {

using Names = std::vector<std::string>;

/// Things by a key, in the order in which each key first came, with the hosts of each.
template <class Thing>
class Grouping {
 public:
  struct Group {
    Thing thing;
    Names hosts;
  };
  void add(const std::string& key, const std::string& host, const Thing& thing) {
    const auto [at, is_new] = index_.try_emplace(key, groups_.size());
    if (is_new) groups_.push_back({thing, {}});
    if (!host.empty()) groups_[at->second].hosts.push_back(host);
  }
  const std::vector<Group>& groups() const { return groups_; }

 private:
  std::map<std::string, std::size_t> index_;
  std::vector<Group> groups_;
};

}  // namespace g5ksync::app
