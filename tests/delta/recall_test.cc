// What an exhaustive search finds, this one finds, up to a few percent.
#include <catch2/catch.hpp>
#include <iostream>

#include "engine/exec/inline.h"
#include "tests/delta/exchange.h"
#include "tests/delta/scenarios.h"

namespace g5ksync::delta {
namespace {

using testing::exchange;

constexpr Level kAnchored[] = {{65536, 6, 6}, {8192, 5, 5}, {1024, 5, 4}};
constexpr Level kOne[] = {{4096, 6, 6}};

/// Data made to be slow: many anchors that are equal, of blocks that are not. Time is bounded there, literals are not.
bool is_crafted(const testing::Scenario& scenario) { return scenario.name == "period 55, broken every 173"; }

void check(const testing::Scenario& scenario, std::span<const Level> levels, double crafted_limit) {
  const double limit = is_crafted(scenario) ? crafted_limit : 1.05;
  exec::InlineExecutor executor;
  const std::size_t block = levels.back().block;
  const std::uint64_t reference = testing::reference_literals(scenario.fresh, scenario.basis, block);
  const std::uint64_t ours = exchange(scenario.fresh, scenario.basis, executor, levels).literal_bytes;
  std::cout << scenario.name << ", " << scenario.fresh.size() << ", " << block << ": " << ours << ", reference "
            << reference << '\n';
  INFO(scenario.name << ", " << scenario.fresh.size() << " bytes, blocks of " << block << ": " << ours << " of "
                     << reference);
  CHECK(static_cast<double>(ours) <= limit * static_cast<double>(reference));
}

TEST_CASE("anchored levels leave at most 1.05 of the literals of an exhaustive search") {
  testing::Random random(31);
  for (const testing::Scenario& scenario : testing::scenarios(random)) {
    const auto levels = levels_for(scenario.fresh.size());
    check(scenario, kAnchored, 1.05);
    check(scenario, kOne, 1.05);
    check(scenario, levels.first(levels.size() - 1), 1.5);
  }
}

TEST_CASE("all levels leave at most 1.05 of the literals of an exhaustive search at the last one's block size") {
  testing::Random random(32);
  for (const std::size_t size : {std::size_t{200} << 10, std::size_t{2} << 20}) {
    for (const testing::Scenario& scenario : testing::scenarios(random, size)) {
      check(scenario, levels_for(scenario.fresh.size()), 3.0);
    }
  }
  for (const testing::Scenario& scenario : testing::scenarios(random)) {
    check(scenario, levels_for(std::uint64_t{1} << 30), 1.5);  // those of large files
  }
}

TEST_CASE("of a large file little has moved, where no sample of it meets it") {
  constexpr std::size_t kMiB = std::size_t{1} << 20, kMoved = 96 << 10;
  testing::Random random(33);
  const base::Bytes basis = testing::random_bytes(random, 80 * kMiB);
  base::Bytes fresh = basis;
  constexpr std::size_t kPlaces[] = {3 * kMiB + 4321, 21 * kMiB + 77, 46 * kMiB + 123, 67 * kMiB + 50001};
  for (std::size_t i = 0; i < std::size(kPlaces); ++i)  // over bytes that are nowhere then
    std::copy_n(basis.begin() + static_cast<std::ptrdiff_t>(kPlaces[i]), kMoved,
                fresh.begin() + static_cast<std::ptrdiff_t>(kPlaces[(i + 1) % std::size(kPlaces)]));
  for (std::size_t at = 100; at < fresh.size(); at += kMiB) fresh[at] ^= std::byte{1};
  exec::InlineExecutor executor;
  const auto outcome = exchange(fresh, basis, executor, levels_for(std::uint64_t{1} << 30), 1 << 16);
  CHECK(outcome.literal_bytes <= 80 * 256 + std::size(kPlaces) * 2 * 1024);
}

TEST_CASE("pieces that were copied from what stays where it is are found") {
  constexpr std::size_t kCopied = 16 << 10, kCopies = 60;
  for (const std::size_t size : {std::size_t{3} << 20, std::size_t{80} << 20}) {
    testing::Random random(34);
    const base::Bytes basis = testing::random_bytes(random, size);
    base::Bytes fresh = basis;
    for (std::size_t i = 0; i < kCopies; ++i)
      std::copy_n(basis.begin() + static_cast<std::ptrdiff_t>(random() % (size - kCopied)), kCopied,
                  fresh.begin() + static_cast<std::ptrdiff_t>(random() % (size - kCopied)));
    exec::InlineExecutor executor;
    const auto outcome = exchange(fresh, basis, executor, levels_for(std::uint64_t{1} << 30), 1 << 16);
    CHECK(outcome.literal_bytes <= kCopies * 2 * 1024);
  }
}

}  // namespace
}  // namespace g5ksync::delta
