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

TEST_CASE("literals are at most 1.05 of an exhaustive search's") {
  testing::Random random(31);
  exec::InlineExecutor executor;
  for (const testing::Scenario& scenario : testing::scenarios(random)) {
    INFO(scenario.name);
    const auto check = [&](std::span<const Level> levels, std::size_t block) {
      INFO("blocks of " << block);
      const std::uint64_t reference = testing::reference_literals(scenario.fresh, scenario.basis, block);
      const std::uint64_t ours = exchange(scenario.fresh, scenario.basis, executor, levels).literal_bytes;
      std::cout << scenario.name << ", " << block << ": " << ours << ", reference " << reference << '\n';
      CHECK(static_cast<double>(ours) <= 1.05 * static_cast<double>(reference));
    };
    check(kAnchored, 1024);
    check(kOne, 4096);
    check(levels_for(scenario.fresh.size()), 256);  // the finest level that is searched everywhere
  }
}

}  // namespace
}  // namespace g5ksync::delta
