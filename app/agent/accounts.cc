#include "app/agent/accounts.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "engine/base/fd.h"

extern char** environ;

namespace g5ksync::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{20};  // with a directory service
constexpr std::size_t kMostOutput = std::size_t{1} << 20;

/// What `fd` gives until its end, or until `end`.
std::string read_until(const base::Fd& fd, Clock::time_point end) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd ready{fd.get(), POLLIN, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0 || text.size() > kMostOutput) return text;
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// The output of `getent DATABASE -- NAME`; nothing if there is no getent, or no answer in time.
std::string getent(const char* database, const std::string& name) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const base::Fd out(ends[0]);
  base::Fd in(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  const char* argv[] = {"getent", database, "--", name.c_str(), nullptr};
  pid_t child = 0;
  const int code = ::posix_spawnp(&child, "getent", &actions, nullptr, const_cast<char**>(argv), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  in = base::Fd();
  if (code != 0) return {};
  std::string text = read_until(out, Clock::now() + kPatience);
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return text;
}

/// The first and third field of a line of passwd(5) or group(5).
struct Account {
  std::string_view name;
  std::uint32_t number = 0;
};

std::optional<Account> parse_account(std::string_view line) {
  const std::size_t first = line.find(':');
  const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
  if (first == 0 || second == std::string_view::npos) return std::nullopt;
  Account account{line.substr(0, first), 0};
  const char* last = line.data() + line.size();
  const auto [stop, code] = std::from_chars(line.data() + second + 1, last, account.number);
  if (code != std::errc() || stop == last || *stop != ':') return std::nullopt;
  return account;
}

/// The first line of `lines` that `wanted` agrees to.
template <class Wanted>
std::optional<Account> find_account(std::string_view lines, Wanted wanted) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const auto account = parse_account(lines.substr(0, end));
    if (account && wanted(*account)) return account;
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return std::nullopt;
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Accounts::Accounts() : root_(::geteuid() == 0) {
  groups_.insert(::getegid());
  std::vector<gid_t> more(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  const int count = ::getgroups(static_cast<int>(more.size()), more.data());
  if (count > 0) groups_.insert(more.begin(), more.begin() + count);
}

std::optional<std::uint32_t> account_number(const std::string& lines, const std::string& name) {
  const auto found = find_account(lines, [&](const Account& account) { return account.name == name; });
  return found ? std::optional(found->number) : std::nullopt;
}

std::string account_name(const std::string& lines, std::uint32_t number) {
  const auto found = find_account(lines, [&](const Account& account) { return account.number == number; });
  return found ? std::string(found->name) : std::string();
}

std::string Accounts::name_of(Names& known, const char* database, std::uint32_t number) {
  if (number == 0) return {};
  const std::scoped_lock lock(mutex_);
  const auto [at, is_new] = known.try_emplace(number);
  if (is_new) {
    at->second = account_name(getent(database, std::to_string(number)), number);
    if (at->second.empty()) at->second = account_name(contents(std::string("/etc/") + database), number);
  }
  return at->second;
}

std::string Accounts::user_name(std::uint32_t number) { return name_of(user_names_, "passwd", number); }

std::string Accounts::group_name(std::uint32_t number) { return name_of(group_names_, "group", number); }

std::uint32_t Accounts::look_up(Known& known, const char* database, std::uint32_t number, const std::string& name) {
  if (number == 0 || name.empty() || name.find(':') != std::string::npos) return number;
  const std::scoped_lock lock(mutex_);
  const auto [at, is_new] = known.try_emplace(name);
  if (is_new) {
    at->second = account_number(getent(database, name), name);
    if (!at->second) at->second = account_number(contents(std::string("/etc/") + database), name);
  }
  return at->second.value_or(number);
}

std::uint32_t Accounts::user(std::uint32_t number, const std::string& name) {
  return look_up(users_, "passwd", number, name);
}

std::uint32_t Accounts::group(std::uint32_t number, const std::string& name) {
  return look_up(groups_by_name_, "group", number, name);
}

std::uint64_t Accounts::map(proto::ListingEntry& entry, const tree::AttributeMask& mask, const fs::Stat& there) {
  std::uint64_t unsettable = 0;
  const auto settle = [&](std::uint32_t& id, std::uint32_t here, std::uint32_t now, bool settable) {
    if (!settable && here != now) ++unsettable;
    id = settable ? here : tree::kLeaveId;
  };
  fs::Stat& stat = entry.entry.stat;
  if (mask.owner) settle(stat.uid, user(stat.uid, entry.owner_name), there.uid, sets_owner());
  if (mask.group) {
    const std::uint32_t here = group(stat.gid, entry.group_name);
    settle(stat.gid, here, there.gid, sets_group(here));
  }
  return unsettable;
}

}  // namespace g5ksync::app
