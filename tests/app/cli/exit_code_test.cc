#include "app/cli/exit_code.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "app/cli/advice.h"

namespace g5ksync::app {
namespace {

using base::Error;
using base::ErrorKind;

HostStatus done(const std::string& name) {
  HostStatus host;
  host.name = name;
  host.phase = HostPhase::done;
  host.bytes_in = 1000;
  return host;
}

HostStatus failed(const std::string& name, ErrorKind kind, std::uint64_t bytes_in = 0) {
  HostStatus host;
  host.name = name;
  host.phase = HostPhase::failed;
  host.error = Error{kind, 0, "x"};
  host.bytes_in = bytes_in;
  return host;
}

int code(std::vector<HostStatus> hosts, const std::vector<Problem>& problems = {}, std::uint64_t source_problems = 0) {
  RunStatus run;
  run.hosts = std::move(hosts);
  run.source_problems = source_problems;
  return exit_code(run, problems);
}

TEST_CASE("one host's error gives rsync's code") {
  struct Row {
    ErrorKind kind;
    int before, in;
  };
  const std::vector<Row> rows{
      {ErrorKind::usage, 255, 1},      {ErrorKind::not_found, 255, 3},   {ErrorKind::permission, 3, 3},
      {ErrorKind::no_space, 11, 11},   {ErrorKind::io, 11, 11},          {ErrorKind::changed, 23, 23},
      {ErrorKind::protocol, 12, 12},   {ErrorKind::unsupported, 255, 2}, {ErrorKind::connection, 255, 12},
      {ErrorKind::host_key, 255, 255}, {ErrorKind::auth, 255, 255},      {ErrorKind::deploy, 5, 5},
      {ErrorKind::timeout, 255, 30},   {ErrorKind::interrupted, 20, 20}};
  for (const Row& row : rows) {
    CHECK(code({failed("a", row.kind)}) == row.before);
    CHECK(code({failed("a", row.kind, 10)}) == row.in);
  }
}

TEST_CASE("deletions held back are 25, problems count more, and notices do not count") {
  HostStatus held = done("a");
  held.counters.deletions_held = 3;
  CHECK(code({held}) == 25);
  CHECK(code({held}, {{"a", "", Error{ErrorKind::io, 0, "nothing was deleted"}, true}}) == 25);
  CHECK(code({done("a")}, {{"a", "", Error{ErrorKind::io, 0, "to be known"}, true}}) == 0);
  held.counters.problems = 1;
  CHECK(code({held}) == 23);
}

TEST_CASE("several hosts: the common code, 41 where some are fine, 42 where none is") {
  CHECK(code({done("a"), done("b")}) == 0);
  CHECK(code({done("a"), failed("b", ErrorKind::auth)}) == 41);
  CHECK(code({failed("a", ErrorKind::auth), failed("b", ErrorKind::connection)}) == 255);
  CHECK(code({failed("a", ErrorKind::auth), failed("b", ErrorKind::no_space)}) == 42);
  CHECK(code({failed("a", ErrorKind::auth), failed("b", ErrorKind::interrupted)}) == 20);
  HostStatus waiting;
  CHECK(code({done("a"), waiting}) == 20);
  CHECK(code({}) == 0);
}

TEST_CASE("a host that is done with problems has not got everything") {
  const Problem refused{"a", "x", Error{ErrorKind::permission, EACCES, ""}};
  CHECK(code({done("a")}, {refused}) == 23);
  CHECK(code({done("a"), done("b")}, {refused}) == 41);
  CHECK(code({done("a")}, {}, 1) == 23);
  HostStatus counted = done("a");
  counted.counters.problems = 2;
  CHECK(code({counted}) == 23);
}

TEST_CASE("files that vanished at the source are 24, unless something else is wrong too") {
  const Problem gone{"", "x", Error{ErrorKind::not_found, ENOENT, ""}};
  const Problem unreadable{"", "y", Error{ErrorKind::permission, EACCES, ""}};
  CHECK(code({done("a"), done("b")}, {gone}, 1) == 24);
  CHECK(code({done("a")}, {gone, unreadable}, 2) == 23);
  CHECK(code({done("a")}, {gone}, 2) == 23);
}

TEST_CASE("errors before the run") {
  CHECK(exit_code_before_run(Error{ErrorKind::usage, 0, ""}) == 1);
  CHECK(exit_code_before_run(Error{ErrorKind::not_found, ENOENT, ""}) == 23);
  CHECK(exit_code_before_run(Error{ErrorKind::permission, EACCES, ""}) == 23);
  CHECK(exit_code_before_run(Error{ErrorKind::interrupted, 0, ""}) == 20);
}

TEST_CASE("errors are told with the host, escaped, and with what to do") {
  CHECK(what_happened("nancy", Error{ErrorKind::connection, ECONNREFUSED, "port 22"}) ==
        "nancy: port 22: Connection refused");
  CHECK(what_happened("", Error{ErrorKind::not_found, ENOENT, "a\nb"}) == "a\\nb: No such file or directory");
  CHECK(what_happened("nancy", Error{ErrorKind::timeout, 0, ""}) == "nancy: timed out");
  CHECK(explain("nancy", "nancy.g5k", Error{ErrorKind::timeout, 0, ""}) ==
        "nancy: timed out (see whether this works: ssh nancy.g5k true)");
  CHECK(explain("nancy", "nancy.g5k", Error{ErrorKind::interrupted, 0, ""}) == "nancy: interrupted");
  CHECK(what_to_do(Error{ErrorKind::timeout, 0, ""}, "").empty());
  CHECK(ssh_words("", "nancy.g5k") == "nancy.g5k");
  CHECK(ssh_words("my conf's", "nancy.g5k") == "-F 'my conf'\\''s' nancy.g5k");
  CHECK(ssh_words("a/ssh_config", "") == "");
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::interrupted); ++kind)
    CHECK(what_happened("", Error{static_cast<ErrorKind>(kind), 0, ""}) != "");
}

}  // namespace
}  // namespace g5ksync::app
