// What a scan does about things that fail, vanish or change while it runs, and about being cancelled.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "engine/exec/inline.h"
#include "engine/exec/threads.h"
#include "tests/fs/faulty_directory.h"
#include "tests/fs/scratch.h"
#include "tests/tree/recorder.h"

using namespace g5ksync;
using test::Faults;
using test::ScratchDir;
using test::Verb;

namespace {

/// A tree of a few files, seen through a directory that fails on demand.
struct Shaky {
  ScratchDir at;
  std::shared_ptr<Faults> faults = std::make_shared<Faults>();
  std::shared_ptr<const fs::Directory> directory = test::make_faulty(at.open(), faults);

  Shaky() {
    at.directory("a");
    at.file("a/f");
    at.directory("b");
    at.symlink("b/l", "t");
    at.file("c");
  }
};

}  // namespace

TEST_CASE("what vanishes between its name and its stat is passed over in silence") {
  Shaky s;
  s.faults->before(
      Verb::stat, [&](std::string_view name) { REQUIRE(::unlink(s.at.path(name).c_str()) == 0); }, 3);
  const auto recorder = test::scan_contents(s.directory);
  CHECK(recorder->paths() == "a a/f b b/l");
  CHECK(recorder->problems.empty());
  CHECK(recorder->listed.at(""));
}

TEST_CASE("a link that vanishes before it is read is passed over too") {
  Shaky s;
  s.faults->before(Verb::read_link, [&](std::string_view) { REQUIRE(::unlink(s.at.path("b/l").c_str()) == 0); });
  const auto recorder = test::scan_contents(s.directory);
  CHECK(recorder->paths() == "a a/f b c");
  CHECK(recorder->listed.at("b"));
}

TEST_CASE("a directory that vanishes before it is listed is a problem of kind not_found, and stays incomplete") {
  Shaky s;
  s.faults->before(Verb::open_directory, [&](std::string_view name) {
    REQUIRE(::unlink(s.at.path("a/f").c_str()) == 0);
    REQUIRE(::rmdir(s.at.path(name).c_str()) == 0);
  });
  const auto recorder = test::scan_contents(s.directory);
  CHECK(recorder->paths() == "a b b/l c");
  CHECK(recorder->problems.at("a").kind == base::ErrorKind::not_found);
  CHECK_FALSE(recorder->listed.at("a"));
}

TEST_CASE("a directory that becomes a link to another place is not entered") {
  Shaky s;
  const ScratchDir elsewhere;
  elsewhere.file("secret");
  s.faults->before(Verb::open_directory, [&](std::string_view) {
    REQUIRE(::rename(s.at.path("a").c_str(), s.at.path("moved").c_str()) == 0);
    s.at.symlink("a", elsewhere.path());
  });
  const auto recorder = test::scan_contents(s.directory);
  CHECK(recorder->paths() == "a b b/l c");
  CHECK(recorder->problems.at("a").sys_errno == ELOOP);
  CHECK_FALSE(recorder->listed.at("a"));
}

TEST_CASE("an entry that cannot be read makes its directory incomplete, and the scan goes on") {
  const Verb verb = GENERATE(Verb::stat, Verb::read_link);
  Shaky s;
  s.faults->fail(verb, EIO, verb == Verb::stat ? 3 : 1);
  const auto recorder = test::scan_contents(s.directory);
  CHECK(recorder->done_calls == 1);
  CHECK(recorder->paths() == (verb == Verb::stat ? "a a/f b b/l" : "a a/f b c"));
  CHECK(recorder->problems.size() == 1);
  CHECK(recorder->problems.contains(verb == Verb::stat ? "c" : "b/l"));
  CHECK_FALSE(recorder->listed.at(verb == Verb::stat ? "" : "b"));
  CHECK(recorder->listed.at("a"));
}

TEST_CASE("a directory that cannot be opened or listed is an entry, with an incomplete listing") {
  Shaky s;
  SECTION("opened") { s.faults->fail(Verb::open_directory, EACCES); }
  SECTION("listed") { s.faults->fail(Verb::names, EACCES, 2); }
  const auto recorder = test::scan_contents(s.directory);
  CHECK(recorder->paths() == "a b b/l c");
  CHECK(recorder->problems.at("a").kind == base::ErrorKind::permission);
  CHECK_FALSE(recorder->listed.at("a"));
  CHECK(recorder->listed.at(""));
  CHECK(recorder->listed.at("b"));
}

TEST_CASE("a root that cannot be listed is a problem, and incomplete") {
  Shaky s;
  s.faults->fail(Verb::names, EACCES);
  const auto recorder = test::scan_contents(s.directory);
  CHECK(recorder->broken.empty());
  CHECK(recorder->entries.empty());
  CHECK(recorder->problems.size() == 1);
  CHECK_FALSE(recorder->listed.at(""));
  CHECK(recorder->done_calls == 1);
}

TEST_CASE("rights that are really missing: nobody scans what is not his") {
  const ScratchDir at;
  for (const char* name : {"open", "unreadable", "unsearchable"}) {
    at.directory(name);
    at.file(std::string(name) + "/f");
  }
  REQUIRE(::chmod(at.path("unreadable").c_str(), 0711) == 0);
  REQUIRE(::chmod(at.path("unsearchable").c_str(), 0744) == 0);
  if (::geteuid() != 0) {
    WARN("needs files of another user, so root: skipped");
    return;
  }
  const std::string problem = test::as_nobody([&]() -> std::string {
    const auto recorder = test::scan_contents(at.open());
    if (recorder->paths() != "open open/f unreadable unsearchable") return recorder->paths();
    if (!recorder->problems.contains("unreadable")) return "unreadable is no problem";
    if (!recorder->problems.contains("unsearchable")) return "unsearchable is no problem";
    if (recorder->listed.at("unreadable") || recorder->listed.at("unsearchable")) return "listed as complete";
    return recorder->listed.at("open") ? "" : "open is incomplete";
  });
  CHECK(problem == "");
}

TEST_CASE("cancel ends the scan early, and done() still comes, once") {
  Shaky s;
  test::Recorder recorder;
  exec::InlineExecutor executor;
  const std::vector<tree::Source> sources{{s.directory, ""}};
  const tree::FilterRules rules;
  const auto started = tree::Scan::start(executor, sources, rules, {}, recorder);
  REQUIRE(started);
  SECTION("before its first step") {
    (*started)->cancel();
    executor.wait_idle();
    CHECK(recorder.entries.empty());
  }
  SECTION("between two") {
    executor.run_one();
    (*started)->cancel();
    executor.wait_idle();
    CHECK(recorder.paths() == "a b c");
    CHECK(s.faults->calls(Verb::open_directory) == 0);
  }
  CHECK(recorder.done_calls == 1);
  CHECK(recorder.broken.empty());
}

TEST_CASE("the handle may go before the scan ends, and cancel may come from any thread at any time") {
  const ScratchDir at;
  for (int i = 0; i < 300; ++i) at.directory("d" + std::to_string(i));
  const std::vector<tree::Source> sources{{at.open(), ""}};
  const tree::FilterRules rules;
  for (int round = 0; round < 50; ++round) {
    test::Recorder recorder;
    exec::ThreadExecutor executor(2);
    auto started = tree::Scan::start(executor, sources, rules, {}, recorder);
    for (int spin = 0; spin < round * 500; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    (*started)->cancel();
    started->reset();
    executor.wait_idle();
    REQUIRE(recorder.done_calls == 1);
    REQUIRE(recorder.broken.empty());
  }
}

TEST_CASE("one_file_system keeps a mount point as a directory whose contents are not ours") {
  const ScratchDir at;
  at.directory("mounted");
  at.directory("plain");
  at.file("plain/f");
  if (::geteuid() != 0 || ::mount("none", at.path("mounted").c_str(), "tmpfs", 0, "size=64k") != 0) {
    WARN("nothing can be mounted here: skipped");
    return;
  }
  at.file("mounted/inside");
  tree::ScanOptions options;
  const auto all = test::scan_contents(at.open(), {}, options);
  options.one_file_system = true;
  const auto one = test::scan_contents(at.open(), {}, options);
  ::umount(at.path("mounted").c_str());
  CHECK(all->paths() == "mounted mounted/inside plain plain/f");
  CHECK(one->paths() == "mounted plain plain/f");
  CHECK_FALSE(one->listed.at("mounted"));
  CHECK(one->listed.at("plain"));
  CHECK(one->problems.empty());
}
