// The test vectors of docs/protocol.md, Signatures.
#include <catch2/catch.hpp>

#include "engine/delta/signature.h"
#include "engine/delta/window_hash.h"
#include "tests/delta/exchange.h"

namespace g5ksync::delta {
namespace {

/// The bytes of the vectors: x(0) = 1, x(i + 1) = x(i) · 1664525 + 1013904223 mod 2^32; byte i is x(i) >> 24.
base::Bytes vector_bytes(std::size_t size) {
  base::Bytes bytes;
  for (std::uint32_t x = 1; bytes.size() < size; x = x * 1664525u + 1013904223u)
    bytes.push_back(static_cast<std::byte>(x >> 24));
  return bytes;
}

std::string hex(base::ByteView bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    for (const unsigned half : {std::to_integer<unsigned>(byte) >> 4, std::to_integer<unsigned>(byte) & 15})
      text += "0123456789abcdef"[half];
  }
  return text;
}

std::string entry(std::uint64_t new_size, unsigned level, base::ByteView block) {
  base::Bytes out;
  append_signature(out, new_size, level, block);
  return hex(out);
}

TEST_CASE("window hashes of the specification") {
  std::vector<std::uint16_t> hashes;
  window_hashes(vector_bytes(40), hashes);
  CHECK(hashes == std::vector<std::uint16_t>{0x7F05, 0x9B8F, 0xF7E9, 0x4AE8, 0xB943, 0x66C4, 0xBA87, 0xB6D2, 0x2463});
}

TEST_CASE("entries of the specification") {
  const base::Bytes bytes = vector_bytes(65536);
  const base::ByteView view(bytes);
  CHECK(*anchor_of(view.first(1024)) == 369);
  CHECK(entry(3000, 0, view.first(1024)) == "2099c47141ff");
  CHECK(entry(3000, 2, view.first(64)) == "baa7");
  CHECK(entry(3000, 0, view.first(10)) == "af448e000000");
  CHECK(entry(3000, 0, base::Bytes(1024, std::byte{0x41})) == "0d7cd7ff0701");
  CHECK(entry(100'000, 1, view.first(256)) == "1f7d9c1268");
  CHECK(entry(1'000'000, 1, view.first(4096)) == "b841cc985678df2d");
  CHECK(entry(100'000'000, 0, view) == "55c260b1ed4c45f7ef93a242");
  CHECK(entry(100'000'000, 2, view.first(1024)) == "2099c424bd7141ff56");
}

TEST_CASE("levels of the specification") {
  const auto first_block = [](std::uint64_t size) { return levels_for(size).front().block; };
  CHECK(first_block(0) == 1024);
  CHECK(first_block(4096) == 1024);
  CHECK(first_block(4097) == 2048);
  CHECK(first_block(256 << 10) == 2048);
  CHECK(first_block((256 << 10) + 1) == 16384);
  CHECK(first_block(64 << 20) == 16384);
  CHECK(first_block((64 << 20) + 1) == 65536);
  CHECK(levels_for(std::uint64_t{4} << 30).back().block == 256);
  CHECK(levels_for((std::uint64_t{4} << 30) + 1).back().block == 4096);
  CHECK(signature_size(3000, 0, 3) == 18);
}

TEST_CASE("blocks divide from level to level") {
  for (const std::uint64_t size : {1ULL, 5000ULL, 1ULL << 20, 1ULL << 28, 1ULL << 40}) {
    const auto levels = levels_for(size);
    for (std::size_t i = 1; i < levels.size(); ++i) CHECK(levels[i - 1].block % levels[i].block == 0);
  }
}

}  // namespace
}  // namespace g5ksync::delta
