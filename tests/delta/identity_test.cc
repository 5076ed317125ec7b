// Whatever was done to a file, patch brings it back from its delta; and bad signatures or a bad basis do no harm.
#include <catch2/catch.hpp>

#include "engine/delta/patch.h"
#include "engine/exec/inline.h"
#include "engine/exec/threads.h"
#include "tests/delta/exchange.h"
#ifdef G5KSYNC_TEST_TBB
#include "engine/exec/tbb.h"
#endif

namespace g5ksync::delta {
namespace {

using testing::exchange;
using testing::Outcome;
using testing::Random;

constexpr Level kFine[] = {{1024, 4, 4}, {256, 4, 4}, {64, 3, 0}};

std::size_t below(Random& random, std::size_t limit) { return static_cast<std::size_t>(random() % limit); }

base::Bytes some_file(Random& random, std::size_t size) {
  base::Bytes bytes = testing::random_bytes(random, size);
  const std::size_t period = 1 + below(random, 5000);
  switch (random() % 4) {
    case 0:
      for (std::size_t i = period; i < size; ++i) bytes[i] = bytes[i - period];
      break;
    case 1:
      for (std::size_t i = 0; i < size; ++i) bytes[i] &= (i / 3000) % 3 == 0 ? std::byte{0} : std::byte{7};
      break;
    default:
      break;
  }
  return bytes;
}

base::Bytes mutated(Random& random, base::Bytes bytes) {
  for (std::size_t edits = below(random, 12); edits > 0; --edits) {
    const std::size_t at = below(random, bytes.size() + 1), span = std::min(below(random, 4000), bytes.size() - at);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at), end = place + static_cast<std::ptrdiff_t>(span);
    const base::Bytes part(place, end), fresh = testing::random_bytes(random, below(random, 3000));
    switch (random() % 6) {
      case 0:
        bytes.erase(place, end);
        break;
      case 1:
        bytes.insert(place, fresh.begin(), fresh.end());
        break;
      case 2:
        std::fill(place, end, std::byte{0});
        break;
      case 3:
        bytes.insert(bytes.begin(), part.begin(), part.end());
        break;
      case 4:
        std::rotate(bytes.begin(), place, bytes.end());
        break;
      default:
        std::fill(place, end, std::byte{0x41});
        break;
    }
  }
  return bytes;
}

void require_identity(base::ByteView fresh, base::ByteView basis, const Outcome& outcome) {
  base::Bytes made{std::byte{1}};
  REQUIRE(patch(basis, outcome.tokens, testing::literals_of(fresh, outcome.tokens), made).has_value());
  REQUIRE(std::ranges::equal(made, fresh));
}

TEST_CASE("patch undoes delta") {
  Random random(11);
  exec::InlineExecutor executor;
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    const base::Bytes basis = some_file(random, below(random, round % 10 == 0 ? 400'000 : 40'000));
    const base::Bytes fresh = mutated(random, basis);
    require_identity(fresh, basis, exchange(fresh, basis, executor));
    require_identity(fresh, basis, exchange(fresh, basis, executor, kFine, 1 + below(random, 100)));
  }
}

TEST_CASE("empty and tiny files") {
  Random random(12);
  exec::InlineExecutor executor;
  for (const std::size_t new_size : {0, 1, 31, 32, 33, 127, 128, 2047, 2048, 2049}) {
    for (const std::size_t basis_size : {0, 1, 32, 2048, 5000}) {
      const base::Bytes fresh = testing::random_bytes(random, new_size),
                        basis = testing::random_bytes(random, basis_size);
      require_identity(fresh, basis, exchange(fresh, basis, executor));
      require_identity(fresh, fresh, exchange(fresh, fresh, executor));
    }
  }
}

TEST_CASE("an unchanged file needs no literals") {
  Random random(13);
  exec::InlineExecutor executor;
  for (const std::size_t size : {1, 100, 2048, 5000, 70'000, 300'001}) {
    const base::Bytes file = testing::random_bytes(random, size);
    CHECK(exchange(file, file, executor).literal_bytes == 0);
  }
}

TEST_CASE("every executor gives the same tokens") {
  Random random(14);
  const base::Bytes basis = some_file(random, 9'000'000);
  base::Bytes fresh = mutated(random, mutated(random, basis));
  std::rotate(fresh.begin(), fresh.begin() + 1'000'001, fresh.end());
  exec::InlineExecutor one;
  const Outcome expected = exchange(fresh, basis, one);
  require_identity(fresh, basis, expected);
  exec::ThreadExecutor threads(3);
  CHECK(exchange(fresh, basis, threads).tokens == expected.tokens);
#ifdef G5KSYNC_TEST_TBB
  const auto tbb = exec::make_tbb_executor(3);
  CHECK(exchange(fresh, basis, *tbb).tokens == expected.tokens);
#endif
}

}  // namespace
}  // namespace g5ksync::delta
