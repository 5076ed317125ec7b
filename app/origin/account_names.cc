#include "app/origin/account_names.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

namespace g5ksync::app {
namespace {

constexpr std::size_t kFirstBuffer = 4096, kLargestBuffer = std::size_t{1} << 24;  // groups may have many members

/// `look_up` is getpwuid_r or getgrgid_r with the number filled in; false when it wants more room.
template <class Row, class LookUp>
std::string name_from(LookUp look_up, char* Row::*name) {
  for (std::size_t size = kFirstBuffer; size <= kLargestBuffer; size *= 4) {
    std::vector<char> buffer(size);
    Row row;
    Row* found = nullptr;
    const int code = look_up(&row, buffer.data(), buffer.size(), &found);
    if (code == EINTR) continue;
    if (code != ERANGE) return found != nullptr ? found->*name : std::string();
  }
  return {};
}

}  // namespace

std::string AccountNames::user(std::uint32_t uid) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_new] = users_.try_emplace(uid);
  if (is_new)
    at->second = name_from<passwd>([&](passwd* row, char* buffer, std::size_t size,
                                       passwd** found) { return ::getpwuid_r(uid, row, buffer, size, found); },
                                   &passwd::pw_name);
  return at->second;
}

std::string AccountNames::group(std::uint32_t gid) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_new] = groups_.try_emplace(gid);
  if (is_new)
    at->second = name_from<::group>([&](::group* row, char* buffer, std::size_t size,
                                        ::group** found) { return ::getgrgid_r(gid, row, buffer, size, found); },
                                    &::group::gr_name);
  return at->second;
}

}  // namespace g5ksync::app
