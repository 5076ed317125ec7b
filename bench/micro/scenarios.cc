// scenarios: the whole search of the replica over the pairs of files that tests/delta/scenarios.h makes, on one thread:
// MB of basis a second, of the CPU's time, and bytes of literals beside what an exhaustive search at the block size of
// the last level would leave. What is slowest is a floor: no row may fall under 100 MB/s.
//
//   scenarios [scalar|avx2|avx512|all] [MiB, default 8] [only rows with this in their name]
//
// Exit 1 if a row is below the floor. The best of three runs counts; signatures are made beforehand, since an entry
// does not depend on what was found.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/micro/cpu_time.h"
#include "engine/delta/matcher.h"
#include "engine/delta/window_hash.h"
#include "engine/exec/inline.h"
#include "tests/delta/scenarios.h"

namespace {

using namespace g5ksync;
using delta::testing::Scenario;

constexpr double kFloor = 100;  // MB/s
constexpr std::string_view kPaths[] = {"scalar", "avx2", "avx512"};

/// The signatures of every level.
std::vector<base::Bytes> sign(const base::Bytes& fresh) {
  std::vector<base::Bytes> signatures;
  for (const delta::Level& level : delta::levels_for(fresh.size())) {
    delta::append_signature(signatures.emplace_back(), level, fresh);
  }
  return signatures;
}

base::Bytes answer(const delta::SignatureRequest& request, const delta::Level& level, const base::Bytes& all) {
  base::Bytes out;
  for (const delta::BlockRange& range : request.ranges) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(range.first * level.entry_size());
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(range.count * level.entry_size()));
  }
  return out;
}

struct Run {
  double seconds = 1e9;
  std::uint64_t literals = 0;
};

Run run(const Scenario& scenario, const std::vector<base::Bytes>& signatures) {
  exec::InlineExecutor alone;
  delta::MemoryBasis reader(scenario.basis);
  Run result;
  const double begin = bench::cpu_seconds();
  delta::Matcher matcher(scenario.fresh.size(), scenario.basis.size());
  while (!matcher.finished()) {
    while (const auto request = matcher.next_request(std::size_t{1} << 17)) {
      const base::Bytes encoded = answer(*request, matcher.levels()[request->level], signatures[request->level]);
      if (!matcher.take(*request, encoded)) std::abort();
    }
    if (!matcher.search(reader, alone)) std::abort();
  }
  const std::vector<delta::Token> tokens = matcher.tokens();
  result.seconds = bench::cpu_seconds() - begin;
  for (const delta::Token& token : tokens) {
    if (token.kind == delta::TokenKind::literal) result.literals += token.length;
  }
  return result;
}

/// Whether the row holds the floor.
bool row(const Scenario& scenario) {
  const std::vector<base::Bytes> signatures = sign(scenario.fresh);
  Run best;
  for (int i = 0; i < 3; ++i) {
    const Run now = run(scenario, signatures);
    best = {std::min(best.seconds, now.seconds), now.literals};
  }
  // A basis that is much smaller than the file says nothing of the time.
  const auto bytes = static_cast<double>(std::max(scenario.basis.size(), scenario.fresh.size()));
  const double speed = bytes / 1e6 / best.seconds;
  const std::uint64_t reference = delta::testing::reference_literals(
      scenario.fresh, scenario.basis, delta::levels_for(scenario.fresh.size()).back().block);
  std::printf("  %-32s %7.0f MB/s %10lu literals, exhaustive %10lu%s\n", scenario.name.c_str(), speed, best.literals,
              reference, speed < kFloor ? "  BELOW THE FLOOR" : "");
  return speed >= kFloor;
}

bool rows(const std::vector<Scenario>& scenarios, std::string_view wanted) {
  bool hold = true;
  for (const Scenario& scenario : scenarios) {
    if (scenario.name.find(wanted) != scenario.name.npos) hold = row(scenario) && hold;
  }
  return hold;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view path = argc > 1 ? argv[1] : "all";
  const std::size_t size = (argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 8) << 20;
  delta::testing::Random random(31);
  const std::vector<Scenario> scenarios = delta::testing::scenarios(random, size);
  bool hold = true;
  for (const delta::SimdPath supported : delta::supported_paths()) {
    const std::string_view name = kPaths[static_cast<std::size_t>(supported)];
    if (path != "all" && path != name) continue;
    delta::use_path(supported);
    std::printf("%s\n", name.data());
    hold = rows(scenarios, argc > 3 ? argv[3] : "") && hold;
  }
  return hold ? 0 : 1;
}
