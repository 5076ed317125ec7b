// The window hash: its definition, and the same values on every path.
#include "engine/delta/window_hash.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/delta/stretch.h"
#include "engine/delta/window_hash_paths.h"
#include "tests/delta/exchange.h"

namespace g5ksync::delta {
namespace {

using testing::Random;

/// By the definition.
std::uint16_t hash_at(base::ByteView data, std::size_t at) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kWindow; ++i) {
    sum = sum * paths::kBase + paths::byte_map(std::to_integer<unsigned>(data[at + i]));
  }
  return static_cast<std::uint16_t>(sum + paths::offset_of_all());
}

std::vector<std::uint16_t> hashes_of(base::ByteView data) {
  std::vector<std::uint16_t> hashes;
  window_hashes(data, hashes);
  return hashes;
}

/// Random, constant, periodic, sparse and text-like bytes.
base::Bytes some_bytes(Random& random, std::size_t size) {
  base::Bytes bytes = testing::random_bytes(random, size);
  const std::size_t period = 1 + random() % 200;
  const auto kind = random() % 5;
  for (std::size_t i = 0; i < size; ++i) {
    if (kind == 1) bytes[i] = bytes[0];
    if (kind == 2 && i >= period) bytes[i] = bytes[i - period];
    if (kind == 3 && random() % 64 != 0) bytes[i] = std::byte{0};
    if (kind == 4) bytes[i] &= std::byte{3};
  }
  return bytes;
}

struct EveryPath {
  ~EveryPath() { use_path(supported_paths().back()); }
  template <class Check>
  void each(Check check) {
    for (const SimdPath path : supported_paths()) {
      use_path(path);
      CAPTURE(static_cast<int>(path));
      check();
    }
  }
};

/// The anchor by its definition.
std::optional<std::uint32_t> plain_anchor(base::ByteView block) {
  std::optional<std::uint32_t> best;
  for (std::size_t at = 0; at + kWindow <= block.size(); ++at) {
    if (is_run(block.subspan(at, kWindow))) continue;
    if (!best || hash_at(block, at) < hash_at(block, *best)) best = static_cast<std::uint32_t>(at);
  }
  return best;
}

TEST_CASE("every path gives the hashes of the definition") {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const base::Bytes bytes = some_bytes(random, random() % 7000);
    std::vector<std::uint16_t> expected;
    for (std::size_t at = 0; at + kWindow <= bytes.size(); ++at) expected.push_back(hash_at(bytes, at));
    EveryPath{}.each([&] { REQUIRE(hashes_of(bytes) == expected); });
  }
}

TEST_CASE("every path finds the same candidates and anchors") {
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    const base::Bytes bytes = some_bytes(random, random() % 9000);
    const auto threshold = static_cast<std::uint32_t>(1 + random() % 3000);
    std::vector<std::uint32_t> expected;
    const auto hashes = hashes_of(bytes);
    for (std::size_t at = 0; at < hashes.size(); ++at) {
      if (hashes[at] < threshold) expected.push_back(static_cast<std::uint32_t>(at));
    }
    const auto anchor = plain_anchor(bytes);
    EveryPath{}.each([&] {
      std::vector<std::uint32_t> found;
      append_candidates(bytes, threshold, found);
      REQUIRE(found == expected);
      REQUIRE(anchor_of(bytes) == anchor);
    });
  }
}

TEST_CASE("windows of zeros have the largest hash") {
  CHECK(hashes_of(base::Bytes(40)) == std::vector<std::uint16_t>(9, 0xFFFF));
  CHECK_FALSE(anchor_of(base::Bytes(4096)).has_value());
}

TEST_CASE("a stretch yields the anchor of each block in it") {
  Random random(3);
  for (int round = 0; round < 40; ++round) {
    const base::Bytes bytes = some_bytes(random, 1500);
    const std::size_t block = std::size_t{64} << (round % 4);
    std::vector<std::uint32_t> expected;
    for (std::size_t at = 0; at + block <= bytes.size(); ++at) {
      const auto anchor = plain_anchor(base::ByteView(bytes).subspan(at, block));
      if (!anchor) continue;
      const auto place = static_cast<std::uint32_t>(at + *anchor);
      if (expected.empty() || expected.back() != place) expected.push_back(place);
    }
    Stretch stretch;
    EveryPath{}.each([&] {
      const auto anchors = stretch.all_anchors(bytes, block);
      REQUIRE(std::vector(anchors.begin(), anchors.end()) == expected);
    });
  }
}

TEST_CASE("every path finds the smallest value and the first below a limit") {
  Random random(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint16_t> values(1 + random() % 200);
    for (std::uint16_t& value : values) value = static_cast<std::uint16_t>(0xFFFF - random() % 30);
    const auto least = std::min_element(values.begin(), values.end());
    const auto limit = static_cast<std::uint16_t>(*least + random() % 10);
    const auto below = std::find_if(values.begin(), values.end(), [=](std::uint16_t value) { return value < limit; });
    EveryPath{}.each([&] {
      REQUIRE(first_smallest(values) == static_cast<std::size_t>(least - values.begin()));
      REQUIRE(smallest_of(values) == *least);
      REQUIRE(first_below(values, limit) == static_cast<std::size_t>(below - values.begin()));
    });
  }
}

}  // namespace
}  // namespace g5ksync::delta
