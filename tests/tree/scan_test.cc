// What a scan gives, on every executor.
#include "engine/tree/scan.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "engine/exec/inline.h"
#include "tests/fs/scratch.h"
#include "tests/tree/recorder.h"

using namespace g5ksync;
using test::Recorder;
using test::ScratchDir;

namespace {

std::unique_ptr<base::Executor> any_executor() {
  const auto all = test::executors();
  return all[GENERATE_COPY(range(std::size_t{0}, all.size()))]();
}

tree::Source contents(const ScratchDir& at) { return {at.open(), ""}; }
tree::Source named(const ScratchDir& at, const std::string& name) { return {at.open(), name}; }

void check_contract(const Recorder& recorder) {
  CHECK(recorder.broken == std::vector<std::string>{});
  CHECK(recorder.done_calls == 1);
  for (const auto& [path, entry] : recorder.entries) {
    if (entry.stat.type == fs::FileType::directory) CHECK(recorder.listed.contains(path));
  }
}

/// A random tree of files, directories and links; gives its paths, in order.
std::string plant(const ScratchDir& at, unsigned seed, int count) {
  std::mt19937 random(seed);
  std::vector<std::string> directories{""};
  std::map<std::string, int> all;
  for (int i = 0; i < count; ++i) {
    const std::string path = directories[random() % directories.size()] + "n" + std::to_string(random() % 1000);
    if (!all.emplace(path, 0).second) continue;
    const auto kind = random() % 4;
    if (kind == 0) {
      at.directory(path);
      directories.push_back(path + "/");
    } else if (kind == 1) {
      at.symlink(path, "target of " + path);
    } else {
      at.file(path, path);
    }
  }
  std::string joined;
  for (const auto& [path, unused] : all) joined += (joined.empty() ? "" : " ") + path;
  return joined;
}

}  // namespace

TEST_CASE("a scan gives every entry once, and done() last") {
  const ScratchDir at;
  const std::string planted = plant(at, 7, 600);
  const auto executor = any_executor();
  const auto recorder = test::scan(*executor, {contents(at)});
  check_contract(*recorder);
  CHECK(recorder->paths() == planted);
  CHECK(recorder->problems.empty());
  for (const auto& [path, entry] : recorder->entries) {
    if (entry.stat.type == fs::FileType::symlink) CHECK(entry.link_target == "target of " + path);
    if (entry.stat.type == fs::FileType::regular) CHECK(entry.stat.size == path.size());
  }
  for (const auto& [path, complete] : recorder->listed) CHECK(complete);
}

TEST_CASE("SRC arrives by its name, SRC/ gives its contents and its own attributes") {
  const ScratchDir at;
  at.directory("src");
  at.directory("src/d");
  at.file("src/d/f");
  at.file("alone");
  at.symlink("link", "src");
  ::chmod(at.path("src").c_str(), 0711);
  const auto executor = any_executor();
  const auto by_name = test::scan(*executor, {named(at, "src"), named(at, "alone"), named(at, "link")});
  check_contract(*by_name);
  CHECK(by_name->paths() == "alone link src src/d src/d/f");
  CHECK(by_name->entries.at("link").link_target == "src");
  CHECK_FALSE(by_name->own_attributes);
  const auto below = test::scan(*executor, {{at.open()->open_directory("src").value(), ""}});
  check_contract(*below);
  CHECK(below->paths() == "d d/f");
  REQUIRE(below->own_attributes);
  CHECK(below->own_attributes->mode == 0711);
}

TEST_CASE("several sources merge into one root") {
  const ScratchDir one, other;
  one.directory("b");
  one.file("b/x");
  other.directory("a");
  other.file("a/y");
  other.file("c");
  const auto executor = any_executor();
  const auto recorder = test::scan(*executor, {named(one, "b"), contents(other)});
  check_contract(*recorder);
  CHECK(recorder->paths() == "a a/y b b/x c");
}

TEST_CASE("a scan that cannot be does not start") {
  const ScratchDir one, other;
  one.file("same");
  other.file("same");
  exec::InlineExecutor executor;
  Recorder recorder;
  const auto start = [&](const std::vector<tree::Source>& sources) {
    const auto started = tree::Scan::start(executor, sources, {}, {}, recorder);
    REQUIRE_FALSE(started);
    return started.error();
  };
  const base::Error twice = start({named(one, "same"), contents(other)});
  CHECK(twice.kind == base::ErrorKind::usage);
  CHECK(twice.context.find("same") != std::string::npos);
  const base::Error missing = start({contents(other), named(one, "none")});
  CHECK(missing.kind == base::ErrorKind::not_found);
  CHECK(missing.message() == "none: No such file or directory");
  CHECK_FALSE(executor.run_one());
  CHECK(recorder.done_calls == 0);
  CHECK(recorder.listed.empty());
}

TEST_CASE("no sources, or an empty one, are an empty root") {
  const ScratchDir at;
  const auto executor = any_executor();
  for (const auto& sources : {std::vector<tree::Source>{}, std::vector<tree::Source>{contents(at)}}) {
    const auto recorder = test::scan(*executor, sources);
    check_contract(*recorder);
    CHECK(recorder->entries.empty());
    CHECK(recorder->listed.at(""));
  }
}

TEST_CASE("sockets and fifos are entries; the project's own temporary names are none") {
  const ScratchDir at;
  REQUIRE(at.open()->make_node("fifo", fs::FileType::fifo, 0600, 0));
  REQUIRE(at.open()->make_node("socket", fs::FileType::socket, 0600, 0));
  at.file(".g5ksync.0123456789abcdef.12");
  at.file(".g5ksync.0123456789abcdef.lease");
  at.file(".g5ksync.toml");
  const auto recorder = test::scan_contents(at.open());
  CHECK(recorder->paths() == ".g5ksync.toml fifo socket");
  CHECK(recorder->listed.at(""));
}

TEST_CASE("excluded directories are not entered") {
  const ScratchDir at;
  at.directory("keep");
  at.directory("keep/skip");
  at.directory("keep/skip/unseen");
  at.file("keep/a.o");
  at.file("keep/a.c");
  tree::FilterRules rules;
  REQUIRE(rules.add(tree::FilterAction::exclude, "skip/"));
  REQUIRE(rules.add(tree::FilterAction::exclude, "*.o"));
  const auto executor = any_executor();
  const auto recorder = test::scan(*executor, {named(at, "keep")}, rules);
  check_contract(*recorder);
  CHECK(recorder->paths() == "keep keep/a.c");
}

TEST_CASE("rules that are anchored see the name that a source arrives by") {
  const ScratchDir at;
  at.directory("src");
  at.file("src/a");
  at.file("src/b");
  tree::FilterRules rules;
  REQUIRE(rules.add(tree::FilterAction::exclude, "/src/a"));
  CHECK(test::scan_contents(at.open(), rules)->paths() == "src src/b");
  CHECK(test::scan_contents(at.open()->open_directory("src").value(), rules)->paths() == "a b");
}

TEST_CASE("names are bytes, in byte order") {
  const ScratchDir at;
  for (const char* name : {"\xff", "\x01", "A", "a", "\xc3\xa9", "~", "a\n"}) at.file(name);
  const auto recorder = test::scan_contents(at.open());
  CHECK(recorder->broken.empty());
  CHECK(recorder->paths() == "\x01 A a a\n ~ \xc3\xa9 \xff");
}
