// Openings (the sum of a small file with the signatures of its first level) against what can go wrong with them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "engine/delta/scheme.h"
#include "proto/session/open_answer.h"
#include "tests/app/run/simulation.h"
#include "tests/app/run/trees.h"

namespace g5ksync::test {
namespace {

namespace stdfs = std::filesystem;

constexpr int kFiles = 12;

std::string name_of(int i) { return "/grown" + std::to_string(i); }

/// Files that grew: each gets an opening. Gives where the old ones are.
std::string make_grown(Trees& trees) {
  const std::string place = trees.places(1)[0];
  stdfs::create_directories(place);
  for (int i = 0; i < kFiles; ++i) {
    const std::string old = random_bytes(20'000 + 7'000 * static_cast<std::size_t>(i), trees.random);
    write(place + name_of(i), old);
    write(trees.source() + name_of(i), old.substr(0, 9'000) + "between" + old.substr(9'000));
    stdfs::last_write_time(place + name_of(i), stdfs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  return place;
}

struct Grown {
  explicit Grown(std::uint64_t seed) : trees(seed), place(make_grown(trees)), run(seed, trees.source(), {place}) {}
  Trees trees;
  const std::string place;
  Simulation run;
};

bool is_opening(const proto::DiskJob& job) {
  const auto* sums = std::get_if<proto::SumsJob>(&job);
  return sums != nullptr && sums->request.first_level;
}

/// Lets `change` have the signatures in the answer of an opening.
void change_signatures(proto::SumsJob& job, const std::function<void(base::Bytes&)>& change) {
  proto::Unpacker unpacker;
  const auto opened = proto::open_answer<proto::SumsAnswer>(job.answer, unpacker);
  REQUIRE(opened);
  base::Bytes signatures(opened->answer.data.begin(), opened->answer.data.end());
  REQUIRE_FALSE(signatures.empty());
  change(signatures);
  base::Bytes raw = proto::encode_answer_header(opened->answer);
  raw.insert(raw.end(), signatures.begin(), signatures.end());
  job.answer = {raw, static_cast<std::uint32_t>(raw.size()), false};
}

TEST_CASE("A basis that goes, or is another, between its comparison and its opening makes no wrong file") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 8; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Grown grown(seed);
    auto& [trees, place, run] = grown;
    int openings = 0;
    run.before_job = [&](const proto::DiskJob& job) {
      if (!is_opening(job) || openings++ > 0) return;
      stdfs::remove(place + name_of(0));
      stdfs::remove(place + name_of(1));
      stdfs::create_directory(place + name_of(1));
      stdfs::resize_file(place + name_of(2), 3'000);
      write(place + name_of(3), random_bytes(50'000, trees.random));
      stdfs::copy_file(trees.source() + name_of(4), place + name_of(4), stdfs::copy_options::overwrite_existing);
      stdfs::remove(place + name_of(5));
      stdfs::create_symlink("elsewhere", place + name_of(5));
    };
    REQUIRE(ends(run));
    CHECK(openings > 0);
    check_same(run, 0, trees.source(), place);
  }
}

TEST_CASE("Signatures of an opening that lie make no wrong file") {
  for (std::uint64_t seed = base_seed(); seed < base_seed() + 8; ++seed) {
    INFO("G5KSYNC_SEED=" << seed);
    Grown grown(seed);
    auto& [trees, place, run] = grown;
    int changed = 0;
    run.before_job = [&](proto::DiskJob& job) {
      if (!is_opening(job)) return;
      change_signatures(std::get<proto::SumsJob>(job), [&](base::Bytes& signatures) {
        const std::size_t entry = delta::levels_for(20'000).front().entry_size();
        // Those of other blocks, or of none.
        if (seed % 2 == 0) std::ranges::rotate(signatures, signatures.begin() + static_cast<std::ptrdiff_t>(3 * entry));
        for (std::size_t i = 0; i < signatures.size() && seed % 2 == 1; i += entry) signatures[i] ^= std::byte{0x55};
        ++changed;
      });
    };
    REQUIRE(ends(run));
    CHECK(changed > 0);
    check_same(run, 0, trees.source(), place);
  }
}

TEST_CASE("Signatures of an opening that are too few or too many end the run, and change no file") {
  for (const bool few : {false, true}) {
    Grown grown(base_seed() + 30);
    auto& [trees, place, run] = grown;
    run.before_job = [&](proto::DiskJob& job) {
      if (!is_opening(job)) return;
      change_signatures(std::get<proto::SumsJob>(job), [&](base::Bytes& signatures) {
        signatures.resize(few ? signatures.size() - 1 : signatures.size() + 1);
      });
    };
    REQUIRE(run.run());
    CHECK_FALSE(run.replica(0).finished());
    CHECK(run.replica(0).source->failure().kind == base::ErrorKind::protocol);
    for (int i = 0; i < kFiles; ++i)
      CHECK(content_of(place + name_of(i)).size() + 7 == content_of(trees.source() + name_of(i)).size());
  }
}

}  // namespace
}  // namespace g5ksync::test
