// Content that is at the destination under another name: copied there, and right, whatever happens meanwhile.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>

#include "app/agent/digests.h"
#include "app/agent/entry_writer.h"
#include "app/agent/moves.h"
#include "engine/delta/whole_file_sum.h"
#include "tests/app/run/simulation.h"
#include "tests/app/run/trees.h"

namespace g5ksync::test {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint32_t kMoves = proto::run_flag::delete_extra | proto::run_flag::detect_moves;

std::vector<stdfs::path> files_of(const std::string& root) {
  std::vector<stdfs::path> files = paths_below(root);
  std::erase_if(files, [](const auto& path) { return !stdfs::is_regular_file(stdfs::symlink_status(path)); });
  return files;
}

/// Renames, copies, swaps and edits some of what is there.
void shuffle(const std::string& root, const std::string& fresh_names, std::mt19937_64& random) {
  for (int i = 0; i < 25; ++i) {
    const auto files = files_of(root);
    const stdfs::path one = files[random() % files.size()], other = files[random() % files.size()];
    const stdfs::path fresh = other.parent_path() / (fresh_names + std::to_string(i));
    switch (random() % 4) {
      case 0:
        stdfs::rename(one, fresh);
        break;
      case 1:
        stdfs::copy_file(one, fresh);
        break;
      case 2:
        stdfs::rename(one, fresh);
        if (one != other) stdfs::rename(other, one);
        stdfs::rename(fresh, other);
        for (const stdfs::path& swapped : {one, other})  // of one size and one time they would count as the same
          stdfs::last_write_time(swapped, stdfs::last_write_time(swapped) + std::chrono::seconds(random() % 9'999));
        break;
      default:
        write_file(one.string(), draw_size(random), random);
    }
  }
}

TEST_CASE("Trees whose files were moved, copied and swapped arrive right, whatever the interleaving") {
  std::uint64_t copied = 0;
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 24; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(2);
    for (int i = 0; i < 6; ++i)
      write(trees.source() + "/big" + std::to_string(i), random_bytes(400'000 + 1'000'000 * (i % 2), trees.random));
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    shuffle(trees.source(), "moved", trees.random);
    if (seed % 4 == 1) shuffle(places[1], "there", trees.random);
    Simulation again(seed + 1, trees.source(), places, kMoves | (seed % 3 == 0 ? proto::run_flag::hard_links : 0));
    REQUIRE(ends(again));
    for (std::size_t i = 0; i < places.size(); ++i) {
      check_same(again, i, trees.source(), places[i]);
      copied += again.replica(i).source->counters().files_copied;
    }
  }
  CHECK(copied > 100);
}

TEST_CASE("A tree that was renamed is not sent again, and one that only looks alike is sent whole") {
  const std::uint64_t seed = base_seed();
  Trees trees(seed);
  const auto places = trees.places(1);
  stdfs::create_directory(trees.source() + "/data");
  for (int i = 0; i < 300; ++i)
    write(trees.source() + "/data/" + std::to_string(i), random_bytes(3'000 + i % 7, trees.random));
  write(trees.source() + "/data/large", random_bytes(6'000'000, trees.random));
  Simulation first(seed, trees.source(), places);
  REQUIRE(ends(first));
  stdfs::rename(trees.source() + "/data", trees.source() + "/renamed");
  Simulation second(seed, trees.source(), places, kMoves);
  REQUIRE(ends(second));
  CHECK(second.packed_raw() < 40'000);
  CHECK(second.replica(0).source->counters().files_copied == 301);
  CHECK(second.replica(0).source->counters().files_written == 301);
  CHECK(same_tree(trees.source(), places[0]));

  stdfs::create_directory(trees.source() + "/alike");
  for (int i = 0; i < 300; ++i)
    write(trees.source() + "/alike/" + std::to_string(i), random_bytes(3'000 + i % 7, trees.random));
  Simulation third(seed, trees.source(), places, kMoves);
  REQUIRE(ends(third));
  CHECK(third.replica(0).source->counters().files_copied == 0);
  CHECK(third.packed_raw() > 900'000);
  CHECK(same_tree(trees.source(), places[0]));
}

TEST_CASE("Without the flag, and into an empty place, nothing is looked for") {
  const std::uint64_t seed = base_seed();
  Trees trees(seed);
  const auto places = trees.places(1);
  write(trees.source() + "/one", random_bytes(500'000, trees.random));
  stdfs::copy_file(trees.source() + "/one", trees.source() + "/two");
  Simulation cold(seed, trees.source(), places, kMoves);
  REQUIRE(ends(cold));
  CHECK(cold.replica(0).source->counters().files_copied == 0);
  stdfs::rename(trees.source() + "/one", trees.source() + "/three");
  Simulation without(seed, trees.source(), places, proto::run_flag::delete_extra);
  REQUIRE(ends(without));
  CHECK(without.replica(0).source->counters().files_copied == 0);
  CHECK(without.packed_raw() > 500'000);
  CHECK(same_tree(trees.source(), places[0]));
}

TEST_CASE("What a file there is made of may change at any moment of the run") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 40; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(1);
    const std::string bytes = random_bytes(2'500'000, trees.random), other = random_bytes(2'500'000, trees.random);
    write(trees.source() + "/old", bytes);
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    stdfs::rename(trees.source() + "/old", trees.source() + "/new");
    Simulation again(seed + 1, trees.source(), places, kMoves);
    again.before_step = [&](std::size_t step) {
      if (step == 5 + (seed - base_seed()) * 2) write(places[0] + "/old", other);
    };
    REQUIRE(ends(again));
    CHECK(again.replica(0).finished());
    CHECK(content_of(places[0] + "/new") == bytes);
  }
}

TEST_CASE("Sums that lie never make a wrong file") {
  int tampered = 0, finished = 0;
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 60; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(1);
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    shuffle(trees.source(), "moved", trees.random);
    Simulation again(seed + 1, trees.source(), places, kMoves);
    again.before_job = [&](proto::DiskJob& job) {
      auto* sums = std::get_if<proto::SumsJob>(&job);
      if (!sums || sums->answer.zstd) return;
      base::Bytes& bytes = sums->answer.bytes;
      bytes[bytes.size() - 2 - seed * 31 % (bytes.size() - 3)] ^= std::byte{0x40};
      ++tampered;
    };
    REQUIRE(ends(again));
    const bool sound = again.replica(0).finished() && again.replica(0).source->counters().problems == 0;
    if (!sound) continue;
    ++finished;
    CHECK(same_tree(trees.source(), places[0]));
  }
  CHECK(tampered > 30);
  CHECK(finished > 3);
}

/// A destination that knows what is in it.
struct Place {
  Place() {
    proto::Start start;
    start.run_id = std::string(16, 'a');
    start.destination = scratch.path();
    start.flags = proto::run_flag::detect_moves;
    destination = app::Destination::open(start, "").value();
  }
  void look() { (void)app::digests_now(*destination, {}); }
  std::optional<proto::FileOutcome> bring(const std::string& name, const std::string& bytes) {
    auto entry = std::make_shared<proto::ListingEntry>();
    entry->entry.name = name;
    entry->entry.stat.mode = 0644;
    proto::WantedFile file;
    file.id = 7;
    file.entry = entry;
    file.size = bytes.size();
    return app::Moves(*destination, cancelled)
        .bring(file, proto::Sum::xxh3(delta::sum_of(base::view_of(bytes))), result);
  }
  ScratchDir scratch;
  std::unique_ptr<app::Destination> destination;
  std::atomic<bool> cancelled{false};
  proto::DiskResult result;
};

TEST_CASE("A file gets its name only if the bytes that were written have the sum") {
  for (const std::size_t size : {std::size_t{2'000}, std::size_t{3'000'000}}) {
    std::mt19937_64 random(size);
    const std::string bytes = random_bytes(size, random), other = random_bytes(size, random);
    Place place;
    place.scratch.file("there", bytes);
    place.scratch.directory("in");
    place.scratch.file("in/other", other);
    place.look();
    CHECK(place.bring("a", bytes) == proto::FileOutcome::written);
    CHECK(place.bring("b", other) == proto::FileOutcome::written);
    CHECK(place.scratch.content("a") == bytes);
    CHECK(place.scratch.content("b") == other);
    CHECK_FALSE(place.bring("c", bytes + "x"));
    place.scratch.file("there", other);  // its sum is known from before
    CHECK_FALSE(place.bring("d", bytes));
    CHECK_FALSE(place.scratch.exists("d"));
    CHECK(place.result.counted.files_copied == 2);
    CHECK(place.result.reports.empty());
  }
}

TEST_CASE("A link, or a path that became one, is never followed to content") {
  Place place;
  const std::string bytes(5'000, 'y');
  ScratchDir outside;
  outside.file("secret", bytes);
  place.scratch.directory("in");
  place.scratch.file("in/secret", bytes);
  place.scratch.file("leaf", bytes);
  place.look();
  stdfs::remove_all(place.scratch.path("in"));
  stdfs::remove(place.scratch.path("leaf"));
  place.scratch.symlink("in", outside.path());
  place.scratch.symlink("leaf", outside.path("secret"));
  CHECK_FALSE(place.bring("new", bytes));
}

TEST_CASE("What is replaced while others may want its content stays readable until they are settled") {
  Place place;
  std::mt19937_64 random(5);
  const std::string bytes = random_bytes(100'000, random);
  place.scratch.file("old", bytes);
  place.look();
  app::Elsewhere& elsewhere = place.destination->elsewhere();
  CHECK_FALSE(elsewhere.expect(bytes.size(), bytes.size()));  // there is only itself
  CHECK_FALSE(elsewhere.expect(99, 0));
  REQUIRE(elsewhere.expect(bytes.size(), 0));
  REQUIRE(elsewhere.expect(bytes.size(), 0));
  auto writer = app::EntryWriter::in(*place.destination, tree::kRoot).value();
  REQUIRE(writer.write_file(base::view_of(std::string_view("new")), {}, "old"));
  CHECK(place.bring("one", bytes) == proto::FileOutcome::written);
  elsewhere.settled(bytes.size());
  CHECK(place.bring("two", bytes) == proto::FileOutcome::written);
  elsewhere.settled(bytes.size());
  stdfs::remove(place.scratch.path("one"));
  stdfs::remove(place.scratch.path("two"));
  CHECK_FALSE(place.bring("three", bytes));
}

}  // namespace
}  // namespace g5ksync::test
