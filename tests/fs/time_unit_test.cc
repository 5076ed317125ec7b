#include "engine/fs/time_unit.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/fs/faulty_directory.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using fs::FileTime;
using test::Faults;
using test::ScratchDir;
using test::Verb;

namespace {

void set_mtime(const ScratchDir& at, const char* name, FileTime time) {
  REQUIRE(at.open()->set_attributes(name, fs::FileType::regular, fs::only_mtime(time)));
}

}  // namespace

TEST_CASE("the coarsest unit is the one that all times are whole in") {
  const auto unit = [](std::vector<FileTime> times) { return fs::coarsest_unit(times); };
  CHECK(unit({{7, 0}, {8, 0}}) == 1'000'000'000);
  CHECK(unit({{7, 0}, {8, 120'000'000}}) == 10'000'000);
  CHECK(unit({{7, 123'000'000}, {8, 120'000'000}}) == 1'000'000);
  CHECK(unit({{7, 123'456'000}}) == 1'000);
  CHECK(unit({{7, 123'456'700}}) == 100);
  CHECK(unit({{7, 0}, {8, 123'456'789}, {9, 0}}) == 1);
}

TEST_CASE("a look tells a fine disk by its ctimes, also where all mtimes are of whole seconds") {
  const ScratchDir at;
  at.file("a");
  at.file("b");
  if (fs::try_time_unit(*at.open(), "probe") != 1) return;  // a coarse disk: nothing to tell apart
  for (const char* name : {"a", "b"}) set_mtime(at, name, {1'000'000'000, 0});
  CHECK(fs::seen_time_unit(*at.open()) == 1);
}

TEST_CASE("a try leaves neither a file nor another mtime behind") {
  const ScratchDir at;
  const auto directory = at.open();
  REQUIRE(directory->set_own_attributes(fs::only_mtime({1'000'000'000, 0})));
  (void)fs::try_time_unit(*directory, "probe");
  CHECK(at.names().empty());
  CHECK(directory->stat_self()->mtime == FileTime{1'000'000'000, 0});
}

TEST_CASE("a look changes nothing, and a place that refuses counts as fine") {
  const ScratchDir at;
  at.file("a");
  struct stat before, after;
  REQUIRE(::stat(at.path().c_str(), &before) == 0);
  (void)fs::seen_time_unit(*at.open());
  REQUIRE(::stat(at.path().c_str(), &after) == 0);
  CHECK(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
  CHECK(before.st_ctim.tv_sec == after.st_ctim.tv_sec);
  const auto faults = std::make_shared<Faults>();
  faults->fail(Verb::stat_self, EACCES);
  CHECK(fs::seen_time_unit(*test::make_faulty(at.open(), faults)) == 1);
  faults->fail(Verb::create_temp, EROFS);
  CHECK(fs::try_time_unit(*test::make_faulty(at.open(), faults), "probe") == 1);
}
