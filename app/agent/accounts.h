// Owners and groups at the destination: the source's names as numbers of this host, and what may be set at all.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "proto/messages.h"

namespace g5ksync::app {

/// Any thread.
class Accounts {
 public:
  Accounts();

  /// Only root gives files away.
  bool sets_owner() const { return root_; }
  /// Root sets any group, others those that they are in.
  bool sets_group(std::uint32_t gid) const { return root_ || groups_.contains(gid); }
  bool sets_any_group() const { return root_; }

  /// The number of the name here; `number` itself if it is 0, has no name, or the name is unknown here. Each name is
  /// looked up once, by getent(1), which asks whatever the host is set up to ask.
  std::uint32_t user(std::uint32_t number, const std::string& name);
  std::uint32_t group(std::uint32_t number, const std::string& name);
  /// The name of the number here; empty where it has none. Each number is looked up once, by getent(1).
  std::string user_name(std::uint32_t number);
  std::string group_name(std::uint32_t number);
  /// Puts this host's numbers into `entry`, for what `mask` preserves: tree::kLeaveId for what may not be set. Gives
  /// how many of the two may not, and are not as in `there`.
  std::uint64_t map(proto::ListingEntry& entry, const tree::AttributeMask& mask, const fs::Stat& there);

 private:
  using Known = std::unordered_map<std::string, std::optional<std::uint32_t>>;
  std::uint32_t look_up(Known& known, const char* database, std::uint32_t number, const std::string& name);

  using Names = std::unordered_map<std::uint32_t, std::string>;
  std::string name_of(Names& known, const char* database, std::uint32_t number);

  bool root_ = false;
  std::unordered_set<std::uint32_t> groups_;
  std::mutex mutex_;
  Known users_, groups_by_name_;
  Names user_names_, group_names_;
};

/// The first field of a line of passwd(5) or group(5) whose third field is `number`; empty where there is none.
std::string account_name(const std::string& lines, std::uint32_t number);
/// The number in a line of passwd(5) or group(5) whose first field is `name`.
std::optional<std::uint32_t> account_number(const std::string& lines, const std::string& name);

}  // namespace g5ksync::app
