// What a scan for digests saw at the destination is not looked at a second time.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "engine/fs/names.h"
#include "proto/messages.h"
#include "tests/app/run/simulation.h"
#include "tests/app/run/trees.h"

namespace g5ksync::test {
namespace {

namespace stdfs = std::filesystem;

/// Changes some names of a tree in all ways that a run has to see.
void change_some(const std::string& root, std::mt19937_64& random) {
  const std::vector<stdfs::path> all = paths_below(root);
  for (int i = 0; i < 12; ++i) {
    const stdfs::path& path = all[random() % all.size()];
    const auto status = stdfs::symlink_status(path);
    switch (random() % 5) {
      case 0:
        if (stdfs::is_regular_file(status)) write_file(path.string(), draw_size(random), random);
        break;
      case 1:
        if (!stdfs::is_symlink(status) && stdfs::exists(status))
          stdfs::last_write_time(path, stdfs::file_time_type::clock::now() - std::chrono::seconds(random() % 9'999));
        break;
      case 2:
        if (!stdfs::is_symlink(status) && stdfs::exists(status)) ::chmod(path.c_str(), 0700);
        break;
      case 3:
        if (stdfs::exists(status)) stdfs::remove_all(path);
        break;
      default:
        write(root + "/fresh" + std::to_string(i), "a new one");
    }
  }
}

/// All that a run counts, in the form of its bytes on the wire.
base::Bytes counted(Simulation& run) {
  proto::Counters counters = run.replica(0).source->counters();
  counters.bytes_copied = counters.files_copied = 0;
  return proto::encode(proto::Finish{counters, 0, 0});
}

std::vector<std::string> told(Simulation& run) {
  std::vector<std::string> lines;
  for (const proto::Report& report : run.replica(0).reports)
    lines.push_back(std::to_string(static_cast<int>(report.kind)) + " " + report.text);
  std::ranges::sort(lines);
  return lines;
}

TEST_CASE("Runs that go by what the scan saw do what runs do that look again, and look less") {
  const std::vector<std::uint32_t> kinds{0,
                                         proto::run_flag::delete_extra,
                                         proto::run_flag::update,
                                         proto::run_flag::existing,
                                         proto::run_flag::ignore_existing,
                                         proto::run_flag::checksum,
                                         proto::run_flag::dry_run | proto::run_flag::delete_extra};
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 21; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    const std::uint32_t flags = kinds[seed % kinds.size()] | proto::run_flag::itemize;
    Trees trees(seed);
    const auto places = trees.places(2);
    Simulation first(seed, trees.source(), {places[0]});
    REQUIRE(ends(first));
    change_some(trees.source(), trees.random);
    change_some(places[0], trees.random);
    REQUIRE(std::system(("cp -a '" + places[0] + "' '" + places[1] + "'").c_str()) == 0);
    Simulation trusting(seed, trees.source(), {places[0]}, flags), looking(seed, trees.source(), {places[1]}, flags);
    looking.before_job = [](proto::DiskJob& job) {
      if (auto* compare = std::get_if<proto::CompareJob>(&job)) compare->scanned = {};
    };
    REQUIRE(ends(trusting));
    REQUIRE(ends(looking));
    CHECK(told(trusting) == told(looking));
    CHECK(counted(trusting) == counted(looking));
    CHECK(same_tree(places[0], places[1]));
    if ((flags & proto::run_flag::checksum) == 0)
      CHECK(trusting.replica(0).place->steps() < looking.replica(0).place->steps());
  }
}

TEST_CASE("A leftover is found where all entries are as the scan saw them") {
  const std::uint64_t seed = base_seed();
  Trees trees(seed);
  const auto places = trees.places(1);
  stdfs::create_directories(trees.source() + "/deep/quiet");
  write(trees.source() + "/deep/quiet/file", "some bytes");
  Simulation first(seed, trees.source(), places);
  REQUIRE(ends(first));
  const std::string left = places[0] + "/deep/quiet/" + fs::temp_name(std::string(16, 'b'), 2);
  write(left, "little");
  stdfs::last_write_time(left, stdfs::file_time_type::clock::now() - std::chrono::hours(1));
  Simulation again(seed + 1, trees.source(), places);
  REQUIRE(ends(again));
  CHECK_FALSE(stdfs::exists(left));
  CHECK(same_tree(trees.source(), places[0]));
}

}  // namespace
}  // namespace g5ksync::test
