#include "engine/fs/lease.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "engine/fs/names.h"
#include "tests/fs/faulty_directory.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using fs::Lease;
using fs::LeaseState;
using fs::ProcessIdentity;
using test::ScratchDir;

namespace {

const std::string kRun = "00000000000000aa";

/// A process of another machine.
ProcessIdentity elsewhere() {
  ProcessIdentity other = ProcessIdentity::of_this_process();
  other.hostname += "-other";
  return other;
}

void set_age(fs::Directory& directory, fs::FileTime now, std::int64_t seconds) {
  fs::Attributes attributes;
  attributes.set_mtime = true;
  attributes.mtime = {now.seconds - seconds, 0};
  REQUIRE(directory.set_attributes(fs::lease_name(kRun), fs::FileType::regular, attributes));
}

}  // namespace

TEST_CASE("a lease is one private file that lives as long as its owner") {
  const ScratchDir at;
  const auto directory = at.open();
  const ProcessIdentity self = ProcessIdentity::of_this_process();
  CHECK(fs::lease_state(*directory, kRun, {0, 0}, self) == LeaseState::dead);
  {
    const auto lease = Lease::create(*directory, kRun);
    REQUIRE(lease);
    CHECK(at.names() == fs::lease_name(kRun));
    CHECK(at.content(fs::lease_name(kRun)) == self.line());
    CHECK(directory->stat(fs::lease_name(kRun))->mode == 0600);
    CHECK(Lease::create(*directory, kRun).error().sys_errno == EEXIST);
  }
  CHECK(at.names().empty());
  auto lease = Lease::create(*directory, kRun);
  lease->release();
  CHECK(at.names().empty());
}

TEST_CASE("renew moves the time to the server's now") {
  const ScratchDir at;
  const auto directory = at.open();
  auto lease = Lease::create(*directory, kRun).value();
  const fs::FileTime now = fs::server_now(*directory, "probe").value();
  set_age(*directory, now, 5000);
  REQUIRE(lease.renew());
  CHECK(directory->stat(fs::lease_name(kRun))->mtime >= now);
  REQUIRE(directory->remove_file(fs::lease_name(kRun)));
  CHECK(lease.renew().error().kind == base::ErrorKind::not_found);
}

TEST_CASE("server_now leaves nothing behind") {
  const ScratchDir at;
  const auto now = fs::server_now(*at.open(), "probe");
  REQUIRE(now);
  CHECK(std::abs(now->seconds - ::time(nullptr)) < 10);
  CHECK(at.names().empty());
}

TEST_CASE("seen from another machine, a lease lives by its age") {
  const ScratchDir at;
  const auto directory = at.open();
  const auto lease = Lease::create(*directory, kRun);
  const fs::FileTime now = fs::server_now(*directory, "probe").value();
  const auto state_at_age = [&](std::int64_t seconds) {
    set_age(*directory, now, seconds);
    return fs::lease_state(*directory, kRun, now, elsewhere());
  };
  CHECK(state_at_age(0) == LeaseState::live);
  CHECK(state_at_age(599) == LeaseState::live);
  CHECK(state_at_age(600) == LeaseState::dead);
  CHECK(state_at_age(100000) == LeaseState::dead);
  CHECK(state_at_age(-3600) == LeaseState::live);  // the server's clock was set back
}

TEST_CASE("on the same machine, a lease lives as long as its process, whatever its age") {
  const ScratchDir at;
  const auto directory = at.open();
  const auto lease = Lease::create(*directory, kRun);
  const fs::FileTime now = fs::server_now(*directory, "probe").value();
  set_age(*directory, now, 100000);
  CHECK(fs::lease_state(*directory, kRun, now, ProcessIdentity::of_this_process()) == LeaseState::live);
}

TEST_CASE("the lease of a killed process is dead at once here, and later elsewhere") {
  const ScratchDir at;
  const auto directory = at.open();
  const pid_t child = ::fork();
  if (child == 0) {
    auto lease = Lease::create(*directory, kRun);
    auto temp = directory->create_temp(fs::temp_name(kRun, 1));
    ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  CHECK(at.exists(fs::lease_name(kRun)));
  CHECK(at.exists(fs::temp_name(kRun, 1)));
  const fs::FileTime now = fs::server_now(*directory, "probe").value();
  CHECK(fs::lease_state(*directory, kRun, now, ProcessIdentity::of_this_process()) == LeaseState::dead);
  CHECK(fs::lease_state(*directory, kRun, now, elsewhere()) == LeaseState::live);
}

TEST_CASE("a lease that is left behind is dead everywhere once its process has ended") {
  const ScratchDir at;
  const auto directory = at.open();
  const pid_t child = ::fork();
  if (child == 0) {
    auto lease = Lease::create(*directory, kRun);
    if (lease) lease->leave();
    ::_exit(lease ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  REQUIRE(at.exists(fs::lease_name(kRun)));
  const fs::FileTime now = fs::server_now(*directory, "probe").value();
  CHECK(fs::lease_state(*directory, kRun, now, ProcessIdentity::of_this_process()) == LeaseState::dead);
  CHECK(fs::lease_state(*directory, kRun, now, elsewhere()) == LeaseState::dead);
}

TEST_CASE("a lease that is cut short counts by its age; one that cannot be read is unknown") {
  const ScratchDir at;
  const auto directory = at.open();
  at.file(fs::lease_name(kRun), "host boo");
  const fs::FileTime now = fs::server_now(*directory, "probe").value();
  const ProcessIdentity self = ProcessIdentity::of_this_process();
  CHECK(fs::lease_state(*directory, kRun, now, self) == LeaseState::unknown);
  set_age(*directory, now, 601);
  CHECK(fs::lease_state(*directory, kRun, now, self) == LeaseState::dead);

  const auto faults = std::make_shared<test::Faults>();
  faults->fail(test::Verb::open_file, EACCES);
  CHECK(fs::lease_state(*test::make_faulty(at.open(), faults), kRun, now, self) == LeaseState::unknown);
  REQUIRE(directory->remove_file(fs::lease_name(kRun)));
  at.symlink(fs::lease_name(kRun), "/etc/passwd");
  CHECK(fs::lease_state(*directory, kRun, now, self) == LeaseState::unknown);
}
