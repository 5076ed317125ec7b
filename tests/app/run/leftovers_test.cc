// Runs that were cut off, and those that go on where they were.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "engine/fs/names.h"
#include "tests/app/run/simulation.h"
#include "tests/app/run/trees.h"

namespace g5ksync::test {
namespace {

namespace stdfs = std::filesystem;

/// On the disk: holes do not count.
std::uint64_t bytes_in(const stdfs::path& path) {
  struct stat raw;
  return ::stat(path.c_str(), &raw) == 0 ? static_cast<std::uint64_t>(raw.st_blocks) * 512 : 0;
}

TEST_CASE("What a dead run left of a file serves as its basis, and is gone at the end") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 8; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(1);
    const bool has_old = seed % 2 == 0;
    const std::string bytes = random_bytes(5'000'000, trees.random);
    write(trees.source() + "/large", bytes);
    if (has_old) {
      stdfs::create_directory(places[0]);
      write(places[0] + "/large", bytes.substr(0, 1'000'000) + random_bytes(700'000, trees.random));
    }
    Simulation first(seed, trees.source(), places);
    std::string part;
    first.before_step = [&](std::size_t) {
      if (!first.replica(0).unplugged && stdfs::exists(places[0]))
        for (const auto& entry : stdfs::directory_iterator(places[0]))
          if (fs::is_temp_of(entry.path().filename().string(), "large") && bytes_in(entry.path()) > 2'000'000) {
            part = entry.path();
            first.replica(0).unplugged = true;
          }
    };
    REQUIRE(ends(first));
    REQUIRE_FALSE(part.empty());
    first.replica(0).disk->cancel();
    first.replica(0).disk->stop_early();
    first.replica(0).disk.reset();
    first.replica(0).place.reset();
    REQUIRE(stdfs::exists(part));
    // Its process is this one, which lives: another run's, long ago, whose lease is lost.
    for (const auto& entry : stdfs::directory_iterator(places[0]))
      if (entry.path().extension() == ".lease") stdfs::remove(entry.path());
    const std::string left = places[0] + "/" + fs::temp_name_for(std::string(16, 'b'), 1, "large");
    const std::string small = places[0] + "/" + fs::temp_name(std::string(16, 'b'), 2);
    const std::uint64_t arrived = bytes_in(part);
    stdfs::rename(part, left);
    write(small, "little");
    for (const std::string& path : {left, small})
      stdfs::last_write_time(path, stdfs::file_time_type::clock::now() - std::chrono::hours(1));

    Simulation again(seed + 1, trees.source(), places, proto::run_flag::delete_extra);
    std::uint64_t moved = 0;
    again.tamper = [&](std::size_t, base::Bytes& some) { moved += some.size(); };
    REQUIRE(ends(again));
    CHECK(again.replica(0).finished());
    CHECK(same_tree(trees.source(), places[0]));
    CHECK(moved < bytes.size() - arrived + 600'000);  // the rest of the tree packs well
    for (const auto& entry : stdfs::directory_iterator(places[0]))
      CHECK(fs::run_id_of(entry.path().filename().string()).empty());
  }
}

}  // namespace
}  // namespace g5ksync::test
