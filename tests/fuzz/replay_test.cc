// Runs the fuzz targets in the normal test run: the corpus, the seeds, and mutations of both from a printed seed
// (G5KSYNC_FUZZ_SEED to choose another, G5KSYNC_FUZZ_RUNS for more of them).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "tests/fuzz/targets.h"

namespace g5ksync::fuzz {
namespace {

using Random = std::mt19937_64;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::size_t below(Random& random, std::size_t limit) { return static_cast<std::size_t>(random() % limit); }

/// Seeds and corpus, in one order everywhere.
std::vector<base::Bytes> inputs_of(const Target& target) {
  std::vector<base::Bytes> inputs = target.seeds();
  std::vector<std::filesystem::path> paths;
  const auto folder = std::filesystem::path(G5KSYNC_CORPUS) / target.name;
  for (const auto& file : std::filesystem::directory_iterator(folder)) paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const base::ByteView view = base::view_of(text);
    inputs.emplace_back(view.begin(), view.end());
  }
  return inputs;
}

void mutate(base::Bytes& bytes, const base::Bytes& other, Random& random) {
  constexpr std::uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff};
  const std::size_t at = bytes.empty() ? 0 : below(random, bytes.size());
  const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto from = other.begin() + static_cast<std::ptrdiff_t>(below(random, other.size() + 1));
  const std::size_t span = std::min<std::size_t>(1 + below(random, 16), bytes.size() - at);
  switch (bytes.empty() ? 2 : random() % 6) {
    case 0:
      *place ^= static_cast<std::byte>(1u << (random() % 8));
      break;
    case 1:
      *place = static_cast<std::byte>(edges[random() % 5]);
      break;
    case 2:
      bytes.insert(place, static_cast<std::byte>(random()));
      break;
    case 3:
      bytes.erase(place, place + static_cast<std::ptrdiff_t>(span));
      break;
    case 4:
      bytes.insert(place, from, other.end());
      break;
    default:
      bytes.erase(place, bytes.end());
      bytes.insert(bytes.end(), from, other.end());
      break;
  }
}

void run(const Target& target, const base::Bytes& input) {
  try {
    target.run(input);
  } catch (const std::exception& broken) {
    std::string hex;
    for (const std::byte byte : input) {
      constexpr std::string_view digits = "0123456789abcdef";
      hex += digits[static_cast<unsigned>(byte) >> 4];
      hex += digits[static_cast<unsigned>(byte) & 15];
    }
    FAIL(target.name << ": " << broken.what() << ": " << hex);
  }
}

void replay(const Target& target) {
  const std::vector<base::Bytes> inputs = inputs_of(target);
  for (const base::Bytes& input : inputs) run(target, input);
  const std::uint64_t seed = setting("G5KSYNC_FUZZ_SEED", 1);
  const std::uint64_t runs = setting("G5KSYNC_FUZZ_RUNS", 20'000);
  std::cout << target.name << ": " << inputs.size() << " inputs, " << runs << " mutations, seed " << seed << std::endl;
  Random random(seed);
  for (std::uint64_t i = 0; i < runs; ++i) {
    base::Bytes input = inputs[below(random, inputs.size())];
    const base::Bytes& other = inputs[below(random, inputs.size())];
    for (std::size_t count = 1 + below(random, 4); count > 0; --count) mutate(input, other, random);
    run(target, input);
  }
  SUCCEED();
}

TEST_CASE("frames survive fuzzing") { replay(targets()[0]); }
TEST_CASE("messages survive fuzzing") { replay(targets()[1]); }
TEST_CASE("the log survives fuzzing") { replay(targets()[2]); }
TEST_CASE("requests survive fuzzing") { replay(targets()[3]); }
TEST_CASE("answers survive fuzzing") { replay(targets()[4]); }
TEST_CASE("unpacking survives fuzzing") { replay(targets()[5]); }
TEST_CASE("listings survive fuzzing") { replay(targets()[6]); }
TEST_CASE("deltas survive fuzzing") { replay(targets()[7]); }

TEST_CASE("seeds are whole") {
  REQUIRE(targets().size() == 8);
  for (const Target& target : targets()) CHECK_FALSE(target.seeds().empty());
}

}  // namespace
}  // namespace g5ksync::fuzz
