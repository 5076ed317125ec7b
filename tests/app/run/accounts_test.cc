// Names of users and groups as numbers of this host.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "app/agent/accounts.h"
#include "engine/tree/quick_check.h"

namespace g5ksync::app {
namespace {

TEST_CASE("a line of passwd or group gives its number") {
  const std::string lines = "root:x:0:0:root:/root:/bin/sh\njdoe:x:1000:8000::/:\nlast:x:77:";
  CHECK(account_number(lines, "root") == 0u);
  CHECK(account_number(lines, "jdoe") == 1000u);
  CHECK(account_number(lines, "last") == 77u);
  for (const char* name : {"", "doe", "jdo", "x"}) CHECK_FALSE(account_number(lines, name).has_value());
  for (const char* line : {"a", "a:", "a:x", "a:x:", "a:x:1", "a:x:-1:", "a:x:b:", "a:x:4294967296:"})
    CHECK_FALSE(account_number(line, "a").has_value());
}

TEST_CASE("a line of passwd or group gives its name") {
  const std::string lines = "root:x:0:0:root:/root:/bin/sh\njdoe:x:1000:8000::/:\nalso:x:1000:1::\nlast:x:77:";
  CHECK(account_name(lines, 0) == "root");
  CHECK(account_name(lines, 1000) == "jdoe");
  CHECK(account_name(lines, 77) == "last");
  for (const std::uint32_t number : {1u, 100u, 8000u}) CHECK(account_name(lines, number).empty());
  for (const char* line : {"a", "a:", "a:x", "a:x:", "a:x:5", ":x:5:", "a:x:-5:", "a:x:5b:"})
    CHECK(account_name(line, 5).empty());
}

TEST_CASE("root has no name that counts; who is unknown has none") {
  Accounts accounts;
  CHECK(accounts.user_name(0).empty());
  CHECK(accounts.user_name(1) == "daemon");
  CHECK(accounts.group_name(1) == "daemon");
  CHECK(accounts.user_name(4'242'424).empty());
}

TEST_CASE("root is 0 everywhere; who is not known, or has no name, goes by number") {
  Accounts accounts;
  CHECK(accounts.user(0, "daemon") == 0);
  CHECK(accounts.user(4242, "") == 4242);
  CHECK(accounts.user(4242, "nobody-has-this-name") == 4242);
  CHECK(accounts.user(4242, "-n") == 4242);
  CHECK(accounts.group(4242, "a:b") == 4242);
  CHECK(accounts.user(4242, "root") == 0);
}

TEST_CASE("what may not be set is left, and counted where it differs") {
  Accounts accounts;
  proto::ListingEntry entry;
  entry.entry.stat.uid = 54321;
  entry.entry.stat.gid = ::getegid();
  tree::AttributeMask mask;
  mask.owner = mask.group = true;
  fs::Stat there;
  there.uid = ::geteuid();
  const std::uint64_t unsettable = accounts.map(entry, mask, there);
  CHECK(entry.entry.stat.gid == ::getegid());
  CHECK(unsettable == (accounts.sets_owner() ? 0u : 1u));
  CHECK(entry.entry.stat.uid == (accounts.sets_owner() ? 54321u : tree::kLeaveId));
}

}  // namespace
}  // namespace g5ksync::app
