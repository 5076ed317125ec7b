// The whole conversation, under many interleavings: what arrives is what was sent, and it always ends.
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/app/run/simulation.h"
#include "tests/app/run/trees.h"

namespace g5ksync::test {
namespace {

namespace stdfs = std::filesystem;

TEST_CASE("Whatever the interleaving, every replica gets the tree, and each frame is packed once") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 12; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(3);
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    for (std::size_t i = 0; i < places.size(); ++i) check_same(first, i, trees.source(), places[i]);
    Simulation again(seed + 1, trees.source(), places);
    REQUIRE(ends(again));
    CHECK(again.packed_raw() < 100);  // the digest of the root
    CHECK(again.replica(0).source->counters().files_written == 0);
  }
}

TEST_CASE("A second push moves only the files that changed") {
  const std::uint64_t seed = base_seed() + 100;
  INFO("G5KSYNC_SEED=" << seed);
  Trees trees(seed);
  const auto places = trees.places(2);
  Simulation first(seed, trees.source(), places);
  REQUIRE(ends(first));
  write_file(trees.source() + "/new", 7'000, trees.random);
  write_file(trees.source() + "/large", 400'000, trees.random);
  Simulation again(seed + 1, trees.source(), places);
  REQUIRE(ends(again));
  for (std::size_t i = 0; i < places.size(); ++i) {
    CHECK(again.replica(i).source->counters().files_written == 2);
    CHECK(again.replica(i).source->counters().bytes_written == 407'000);
    CHECK(same_tree(trees.source(), places[i]));
  }
}

TEST_CASE("More small files than are worked on at once all come, whatever the interleaving") {
  const std::uint64_t seed = base_seed() + 150;
  INFO("G5KSYNC_SEED=" << seed);
  Trees trees(seed);
  const auto places = trees.places(1);
  constexpr int kFiles = 400;
  constexpr std::size_t kSize = 250'000;  // 95 MiB together
  for (int i = 0; i < kFiles; ++i) {
    const std::string name = "/many" + std::to_string(i);
    std::string bytes = random_bytes(kSize, trees.random);
    stdfs::create_directories(places[0]);
    write(places[0] + name, bytes);
    bytes.replace(trees.random() % kSize, 1, "changed");
    write(trees.source() + name, bytes);
  }
  Simulation run(seed, trees.source(), places);
  std::size_t asked = 0, most = 0;  // files
  run.before_job = [&](const proto::DiskJob& job) {
    if (const auto* sums = std::get_if<proto::SumsJob>(&job)) asked += sums->files.size();
    if (std::holds_alternative<proto::LiteralsJob>(job)) most = std::max(most, std::exchange(asked, 0));
  };
  REQUIRE(ends(run));
  check_same(run, 0, trees.source(), places[0]);
  CHECK(most < kFiles);
}

TEST_CASE(
    "Small files of another size get their first signatures with their sums, and files that may be the same do not") {
  const std::uint64_t seed = base_seed() + 151;
  INFO("G5KSYNC_SEED=" << seed);
  Trees trees(seed);
  const auto places = trees.places(1);
  stdfs::create_directories(places[0]);
  const std::string small = random_bytes(50'000, trees.random), large = random_bytes(300'000, trees.random);
  for (const auto& [name, old, fresh] :
       {std::tuple{"/longer", small, small + "more"}, {"/touched", small, small}, {"/large", large, large + "more"}}) {
    write(places[0] + name, old);
    write(trees.source() + name, fresh);
    stdfs::last_write_time(places[0] + name, stdfs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  Simulation run(seed, trees.source(), places);
  std::size_t opened = 0, summed = 0, first_levels = 0;
  run.before_job = [&](const proto::DiskJob& job) {
    if (const auto* sums = std::get_if<proto::SumsJob>(&job))
      (sums->request.first_level ? opened : summed) += sums->files.size();
    if (const auto* signatures = std::get_if<proto::SignaturesJob>(&job))
      for (const auto& item : signatures->request.items) first_levels += item.level == 0;
  };
  REQUIRE(ends(run));
  check_same(run, 0, trees.source(), places[0]);
  CHECK(opened == 1);
  CHECK(summed == 2);
  CHECK(first_levels == 1);  // of the large one
}

/// Changes some of what is in `place` at random.
void damage(const std::string& place, std::mt19937_64& random) {
  const std::vector<stdfs::path> all = paths_below(place);
  for (int i = 0; i < 6; ++i) {
    const stdfs::path& path = all[random() % all.size()];
    const auto kind = stdfs::symlink_status(path);
    if (!stdfs::exists(kind)) continue;
    if (random() % 3 == 0) {
      stdfs::remove_all(path);
    } else if (stdfs::is_directory(kind)) {
      if (random() % 2 == 0) stdfs::permissions(path, stdfs::perms::owner_all);
      stdfs::create_directories(path / "of" / "another");
    } else if (stdfs::is_regular_file(kind)) {
      write_file(path, 100 + random() % 1'000, random);
    }
  }
}

TEST_CASE("By digests, whatever differs at a destination is found and mended") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 30; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(3);
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    damage(places[0], trees.random);
    damage(places[1], trees.random);
    if (seed % 3 == 0) damage(trees.source(), trees.random);
    Simulation again(seed + 1, trees.source(), places, proto::run_flag::delete_extra | proto::run_flag::force);
    REQUIRE(ends(again));
    for (std::size_t i = 0; i < places.size(); ++i) check_same(again, i, trees.source(), places[i]);
  }
}

/// Overwrites, inserts or cuts a few bytes of a file.
void edit(const stdfs::path& path, std::mt19937_64& random) {
  std::string bytes = content_of(path);
  for (int i = 0; i < 3; ++i) {
    const std::size_t at = random() % (bytes.size() + 1);
    if (random() % 3 == 0)
      bytes.insert(at, "inserted");
    else if (random() % 2 == 0)
      bytes.erase(at, 5);
    else if (at < bytes.size())
      bytes[at] = static_cast<char>(random());
  }
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("Of files that were edited only what changed travels, whatever is there already") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 12; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(3);
    std::string large(1'500'000, '\0');
    for (char& byte : large) byte = static_cast<char>(trees.random());
    std::ofstream(trees.source() + "/large", std::ios::binary) << large;
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    edit(trees.source() + "/large", trees.random);
    for (const auto& entry : stdfs::recursive_directory_iterator(trees.source())) {
      if (!entry.is_regular_file() || entry.is_symlink()) continue;
      if (trees.random() % 4 == 0) edit(entry.path(), trees.random);
      if (trees.random() % 4 == 0) stdfs::last_write_time(entry.path(), stdfs::file_time_type::clock::now());
    }
    edit(places[1] + "/large", trees.random);
    stdfs::resize_file(places[2] + "/large", 700'000);
    Simulation again(seed + 1, trees.source(), places);
    if (seed % 3 == 0)
      again.before_step = [&](std::size_t step) {
        if (step == 500) edit(trees.source() + "/large", trees.random);
      };
    REQUIRE(ends(again));
    for (std::size_t i = 0; i < places.size(); ++i) {
      INFO(places[i] << (again.replica(i).broken ? again.replica(i).broken->message() : ""));
      CHECK(again.replica(i).finished());
      if (seed % 3 != 0) CHECK(same_tree(trees.source(), places[i]));
    }
    if (seed % 3 != 0) CHECK(again.packed_raw() < 2'000'000);  // of three replicas' 1.5 MB, half of one was missing
  }
}

TEST_CASE("An answer about other listings, or other digests, is refused") {
  int tampered = 0;
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 60; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(1);
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    damage(places[0], trees.random);
    Simulation again(seed + 1, trees.source(), places);
    std::size_t pieces = 0;
    again.tamper = [&](std::size_t, base::Bytes& bytes) {
      if (++pieces < 3 || pieces % 3 != seed % 3) return;
      bytes[seed * 31 % bytes.size()] ^= static_cast<std::byte>(1u << (seed % 8));
      ++tampered;
    };
    (void)again.run();  // it may end, break, or wait for what was destroyed; it must not crash, nor write outside
    for (const auto& entry : stdfs::directory_iterator(stdfs::path(places[0]).parent_path()))
      CHECK((entry.path() == places[0] || entry.path() == trees.source()));
  }
  CHECK(tampered > 20);
}

TEST_CASE("Files that change while they are read arrive as they are at the end, or are reported") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 12; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    write_file(trees.source() + "/gone", 9'000, trees.random);
    const auto places = trees.places(2);
    Simulation run(seed, trees.source(), places);
    run.before_step = [&](std::size_t step) {
      if (step % 97 == 50 && step < 1'500)
        write_file(trees.source() + "/f" + std::to_string(step % 120), draw_size(trees.random), trees.random);
      if (step == 300) stdfs::remove(trees.source() + "/gone");
    };
    REQUIRE(ends(run));
    for (std::size_t i = 0; i < places.size(); ++i) CHECK(run.replica(i).finished());
    Simulation calm(seed + 1, trees.source(), places);
    REQUIRE(ends(calm));
    for (const std::string& place : places) {
      for (const auto& entry : stdfs::directory_iterator(place))  // what is gone at the source
        if (!stdfs::exists(trees.source() / entry.path().filename()) && entry.is_regular_file())
          stdfs::remove(entry.path());
      CHECK(same_tree(trees.source(), place));
    }
  }
}

TEST_CASE("With -c, files of the right size that change while they are compared arrive as they are at the end") {
  constexpr std::uint32_t kChecksum = proto::run_flag::checksum | proto::run_flag::all_listings;
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 12; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(2);
    Simulation first(seed, trees.source(), places);
    REQUIRE(ends(first));
    for (const std::string& place : places) {  // every other file is another, of the same size and time
      for (const auto& entry : stdfs::recursive_directory_iterator(place)) {
        if (!entry.is_regular_file() || entry.is_symlink() || entry.file_size() == 0) continue;
        if (trees.random() % 2 == 0) write(entry.path(), random_bytes(entry.file_size(), trees.random));
        stdfs::last_write_time(entry.path(),
                               stdfs::last_write_time(trees.source() / entry.path().lexically_relative(place)));
      }
    }
    Simulation run(seed + 1, trees.source(), places, kChecksum);
    run.before_step = [&](std::size_t step) {
      if (step % 40 != 20 || step > 1'000) return;
      const std::string path = trees.source() + "/f" + std::to_string(trees.random() % 120);
      if (!stdfs::is_regular_file(path)) return;
      write(path, random_bytes(step % 80 == 20 ? stdfs::file_size(path) : draw_size(trees.random), trees.random));
    };
    REQUIRE(ends(run));
    for (std::size_t i = 0; i < places.size(); ++i) {
      CHECK(run.replica(i).finished());
      CHECK(run.replica(i).reports.empty());
    }
    Simulation calm(seed + 2, trees.source(), places, kChecksum);
    REQUIRE(ends(calm));
    for (const std::string& place : places) CHECK(same_tree(trees.source(), place));
  }
}

TEST_CASE("A touched file in a setgid directory has the group that a new one has there") {
  if (::geteuid() != 0) return;  // only root can give files away
  constexpr ::gid_t kGroup = 12'345;
  Trees trees(5);
  const auto places = trees.places(1);
  for (const std::string& root : {trees.source(), places[0]})
    for (const char* name : {"/team/", "/own/"}) {
      stdfs::create_directories(root + name);
      for (const char* file : {"ours", "mine"}) write(root + name + file, "the same in both");
    }
  const auto group_of = [&](const std::string& path) {
    struct stat raw;
    REQUIRE(::stat(path.c_str(), &raw) == 0);
    return raw.st_gid;
  };
  for (const char* path : {"/team", "/team/ours", "/own/ours"})
    REQUIRE(::chown((places[0] + path).c_str(), 0, kGroup) == 0);
  REQUIRE(::chmod((places[0] + "/team").c_str(), 02775) == 0);
  for (const char* path : {"/team/ours", "/team/mine", "/own/ours", "/own/mine"})
    stdfs::last_write_time(trees.source() + path, stdfs::file_time_type::clock::now() + std::chrono::hours(1));
  Simulation run(5, trees.source(), places);
  REQUIRE(ends(run));
  for (const char* path : {"/team/ours", "/team/mine"}) CHECK(group_of(places[0] + path) == kGroup);
  for (const char* path : {"/own/ours", "/own/mine"}) CHECK(group_of(places[0] + path) == ::getegid());
}

TEST_CASE("Deletions and hard links come right whatever the interleaving, and come right again") {
  constexpr std::uint32_t flags = proto::run_flag::delete_extra | proto::run_flag::hard_links;
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 12; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(2);
    const auto any = [&](const std::string& root) {
      std::vector<stdfs::path> files, directories{root};
      for (const auto& entry : stdfs::recursive_directory_iterator(root)) {
        if (entry.is_directory() && !entry.is_symlink()) directories.push_back(entry.path());
        if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
      }
      return std::pair(files[trees.random() % files.size()], directories[trees.random() % directories.size()]);
    };
    const auto relink = [&](const std::string& root, const std::string& name) {
      for (int i = 0; i < 12; ++i) {
        const auto [file, directory] = any(root);
        std::error_code ignored;
        stdfs::create_hard_link(file, directory / (name + std::to_string(i)), ignored);
      }
    };
    relink(trees.source(), "link");
    Simulation first(seed, trees.source(), places, flags);
    REQUIRE(ends(first));
    for (const std::string& place : places) {
      CHECK(same_tree(trees.source(), place));
      relink(place, "link");  // names of the source too, on other files
      relink(place, "extra");
      stdfs::create_directories(any(place).second / "extra directory" / "in");
      stdfs::remove(any(place).first);
    }
    relink(trees.source(), "more");
    stdfs::remove(any(trees.source()).first);
    Simulation again(seed + 1, trees.source(), places, flags);
    REQUIRE(ends(again));
    for (std::size_t i = 0; i < places.size(); ++i) {
      CHECK(again.replica(i).source->counters().problems == 0);
      CHECK(same_tree(trees.source(), places[i]));
    }
  }
}

TEST_CASE("Where the first name of a hard link's group cannot come, the others keep what they have") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 8; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(1);
    for (const std::string& root : {trees.source(), places[0]})
      for (const char* name : {"/a", "/z"}) stdfs::create_directories(root + name);
    write(trees.source() + "/a/name", random_bytes(300'000, trees.random));
    stdfs::create_hard_link(trees.source() + "/a/name", trees.source() + "/z/name");
    write(places[0] + "/a/name", "old");
    write(places[0] + "/z/name", "something else");
    Simulation run(seed, trees.source(), places, proto::run_flag::hard_links);
    run.before_job = [&](proto::DiskJob& job) {
      const auto* compare = std::get_if<proto::CompareJob>(&job);
      if (compare == nullptr || compare->part->entries.empty() || compare->part->entries.front().entry.name != "name")
        return;
      for (const char* name : {"/a/name", "/z/name"}) stdfs::remove(trees.source() + name);  // listed, and not read yet
    };
    REQUIRE(ends(run));
    CHECK(run.replica(0).finished());
    CHECK(content_of(places[0] + "/a/name") == "old");
    CHECK(content_of(places[0] + "/z/name") == "something else");
    CHECK_FALSE(run.problems().empty());
  }
}

TEST_CASE("A replica that falls silent holds up nobody") {
  const std::uint64_t seed = base_seed() + 200;
  Trees trees(seed);
  const auto places = trees.places(3);
  Simulation run(seed, trees.source(), places);
  run.before_step = [&](std::size_t step) {
    if (step == 60) run.replica(1).unplugged = true;
  };
  REQUIRE(ends(run));
  CHECK_FALSE(run.replica(1).finished());
  CHECK(same_tree(trees.source(), places[0]));
  CHECK(same_tree(trees.source(), places[2]));
}

TEST_CASE("Bytes that are changed on the way never become a file") {
  int tampered = 0, refused = 0;
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 40; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Trees trees(seed);
    const auto places = trees.places(1);
    Simulation run(seed, trees.source(), places);
    std::size_t pieces = 0;
    run.tamper = [&](std::size_t, base::Bytes& bytes) {
      if (pieces++ != seed % 20) return;
      bytes[seed * 31 % bytes.size()] ^= std::byte{0x40};
      ++tampered;
    };
    (void)run.run();  // it may end, break, or wait for what was destroyed
    if (run.replica(0).broken || !run.replica(0).finished()) ++refused;
    if (!stdfs::exists(places[0])) continue;
    for (const auto& entry : stdfs::recursive_directory_iterator(places[0])) {
      const stdfs::path original = trees.source() / stdfs::relative(entry.path(), places[0]);
      if (entry.is_symlink() || !entry.is_regular_file() || !stdfs::exists(original)) continue;
      INFO(entry.path());
      CHECK(content_of(entry.path()) == content_of(original));
    }
  }
  CHECK(tampered > 20);
  CHECK(refused > 0);
}

TEST_CASE("A dry run changes nothing and says what it would do") {
  const std::uint64_t seed = base_seed() + 300;
  Trees trees(seed);
  const auto places = trees.places(1);
  Simulation run(seed, trees.source(), places, proto::run_flag::dry_run | proto::run_flag::itemize);
  REQUIRE(ends(run));
  CHECK(run.replica(0).finished());
  CHECK_FALSE(stdfs::exists(places[0]));
  CHECK(run.replica(0).source->counters().files_wanted == 121);
  CHECK(run.replica(0).reports.size() >= 121);
}

}  // namespace
}  // namespace g5ksync::test
