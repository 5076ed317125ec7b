#include "engine/fs/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace g5ksync::fs;

TEST_CASE("this process knows itself, and runs") {
  const ProcessIdentity self = ProcessIdentity::of_this_process();
  CHECK(self.pid == ::getpid());
  CHECK(self.start_time > 0);
  CHECK(self.boot_id.size() == 36);
  CHECK(self.same_machine(self));
  CHECK(is_running(self) == Running::yes);
}

TEST_CASE("an identity survives its line") {
  const ProcessIdentity self = ProcessIdentity::of_this_process();
  const auto read = ProcessIdentity::parse(self.line());
  REQUIRE(read);
  CHECK(read->line() == self.line());
  CHECK(read->same_machine(self));
}

TEST_CASE("broken lines are no identity") {
  for (const char* line :
       {"", "\n", "host boot 1 2 3", "host boot 1 2\n", "host boot 1 2 3 4\n", "host boot x 2 3\n",
        "host boot 1 -2 3\n", "host boot 1 0 3\n", "host boot 1 2 3x\n", "host boot 99999999999999999999999 2 3\n"}) {
    INFO(line);
    CHECK_FALSE(ProcessIdentity::parse(line));
  }
}

TEST_CASE("a later process with the same number is another") {
  ProcessIdentity earlier = ProcessIdentity::of_this_process();
  --earlier.start_time;
  CHECK(is_running(earlier) == Running::no);
}

TEST_CASE("a killed process does not run, not even as a zombie") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  ProcessIdentity there = ProcessIdentity::of_this_process();
  there.pid = child;
  ::kill(child, SIGKILL);
  siginfo_t info;
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  CHECK(is_running(there) == Running::no);
  ::waitpid(child, nullptr, 0);
  CHECK(is_running(there) == Running::no);
}

TEST_CASE("another host, boot or pid namespace is another machine") {
  const ProcessIdentity self = ProcessIdentity::of_this_process();
  ProcessIdentity other = self;
  other.hostname += "x";
  CHECK_FALSE(self.same_machine(other));
  other = self;
  other.boot_id = "0-0";
  CHECK_FALSE(self.same_machine(other));
  other = self;
  ++other.pid_namespace;
  CHECK_FALSE(self.same_machine(other));
}

TEST_CASE("a machine that does not know itself is never the same") {
  ProcessIdentity blind;
  blind.hostname = "host";
  blind.boot_id = "-";
  CHECK_FALSE(blind.same_machine(blind));
}
