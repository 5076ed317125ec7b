// The names of users and groups on this machine, for owners and groups that go by name.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace g5ksync::app {

/// Any thread. Each number is looked up once; the first look-up may ask a directory service. Unknown ones are empty.
class AccountNames {
 public:
  std::string user(std::uint32_t uid);
  std::string group(std::uint32_t gid);

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::string> users_, groups_;
};

}  // namespace g5ksync::app
