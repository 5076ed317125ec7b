#include "proto/compression.h"

#include <zstd.h>

#include <catch2/catch.hpp>
#include <random>

#include "tests/proto/generators.h"

namespace g5ksync::proto {
namespace {

constexpr std::uint64_t kCap = std::uint64_t{5} << 20;

base::Bytes noise(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  base::Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

base::Bytes words(std::size_t size) {
  base::Bytes bytes;
  for (unsigned i = 0; bytes.size() < size; ++i) {
    const std::string word = "line " + std::to_string(i * 7919) + "\n";
    const base::ByteView view = base::view_of(word);
    bytes.insert(bytes.end(), view.begin(), view.end());
  }
  bytes.resize(size);
  return bytes;
}

void check_round_trip(Packer& packer, Unpacker& unpacker, const base::Bytes& raw, int level) {
  const Packed packed = packer.pack(raw, level);
  CHECK(packed.bytes.size() <= raw.size());
  const auto back = unpacker.unpack(packed.bytes, packed.zstd, raw.size(), kCap);
  REQUIRE(back.has_value());
  CHECK(*back == raw);
}

TEST_CASE("what is packed unpacks to the same") {
  Packer packer;
  Unpacker unpacker;
  for (const int level : {-5, 1, 3, 9, 99}) {
    for (const std::size_t size : {0u, 1u, 100u, 65'535u, 65'536u, 1'000'000u}) {
      check_round_trip(packer, unpacker, words(size), level);
      check_round_trip(packer, unpacker, noise(size), level);
    }
  }
}

TEST_CASE("words are packed and noise is not") {
  Packer packer;
  CHECK(packer.pack(words(1000), 3).zstd);
  CHECK(packer.pack(words(1'000'000), 3).zstd);
  for (const std::size_t size : {10u, 1000u, 1'000'000u}) {
    const base::Bytes raw = noise(size);
    const Packed packed = packer.pack(raw, 3);
    CHECK_FALSE(packed.zstd);
    CHECK(packed.bytes == raw);
  }
}

TEST_CASE("noise at one end does not keep the rest from being packed") {
  base::Bytes raw = noise(100'000);
  const base::Bytes tail = words(100'000);
  raw.insert(raw.end(), tail.begin(), tail.end());
  Packer packer;
  const Packed packed = packer.pack(raw, 3);
  CHECK(packed.zstd);
  CHECK(packed.bytes.size() < 150'000);
}

TEST_CASE("a saving of less than three in a hundred is not taken") {
  base::Bytes raw = noise(200'000);
  std::fill(raw.end() - 5000, raw.end(), std::byte{0});
  Packer packer;
  CHECK_FALSE(packer.pack(raw, 3).zstd);
}

/// A zstd frame as another program may write it.
base::Bytes foreign_frame(base::ByteView raw, bool content_size) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size ? 1 : 0);
  base::Bytes packed(ZSTD_compressBound(raw.size()));
  packed.resize(ZSTD_compress2(context, packed.data(), packed.size(), raw.data(), raw.size()));
  ZSTD_freeCCtx(context);
  return packed;
}

TEST_CASE("announced lengths are held to") {
  Packer packer;
  Unpacker unpacker;
  const base::Bytes raw = words(10'000);
  const Packed packed = packer.pack(raw, 3);
  REQUIRE(packed.zstd);
  CHECK(unpacker.unpack(packed.bytes, true, raw.size(), raw.size()).has_value());
  CHECK_FALSE(unpacker.unpack(packed.bytes, true, raw.size(), raw.size() - 1).has_value());
  CHECK_FALSE(unpacker.unpack(packed.bytes, true, raw.size() - 1, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(packed.bytes, true, raw.size() + 1, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(raw, false, raw.size() - 1, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(raw, false, raw.size() + 1, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(raw, false, UINT64_MAX, UINT64_MAX).has_value());
  CHECK_FALSE(unpacker.unpack({}, true, 0, kCap).has_value());
  CHECK(unpacker.unpack({}, false, 0, kCap).has_value());
}

TEST_CASE("only one whole zstd frame that names its size is taken") {
  Unpacker unpacker;
  const base::Bytes raw = words(10'000);
  base::Bytes packed = foreign_frame(raw, true);
  CHECK(unpacker.unpack(packed, true, raw.size(), kCap).has_value());
  CHECK_FALSE(unpacker.unpack(foreign_frame(raw, false), true, raw.size(), kCap).has_value());
  CHECK_FALSE(unpacker.unpack(base::ByteView(packed).first(packed.size() - 1), true, raw.size(), kCap).has_value());
  packed.push_back(std::byte{0});
  CHECK_FALSE(unpacker.unpack(packed, true, raw.size(), kCap).has_value());
  packed.pop_back();
  const base::Bytes once = packed;
  packed.insert(packed.end(), once.begin(), once.end());
  CHECK_FALSE(unpacker.unpack(packed, true, 2 * raw.size(), kCap).has_value());
}

/// 10 GiB of zeros: a frame whose header says so, and RLE blocks of 128 KiB at 4 bytes each.
base::Bytes bomb(std::uint64_t claimed, unsigned blocks) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.u32(0xFD2FB528);
  out.u8(0xC0);  // an 8-byte content size follows, and a window
  out.u8(0x88);
  out.u64(claimed);
  for (unsigned i = 0; i < blocks; ++i) {
    const std::uint32_t header = (131'072u << 3) | (1u << 1) | (i + 1 == blocks ? 1u : 0u);
    out.u8(static_cast<std::uint8_t>(header));
    out.u8(static_cast<std::uint8_t>(header >> 8));
    out.u8(static_cast<std::uint8_t>(header >> 16));
    out.u8(0);
  }
  return bytes;
}

TEST_CASE("a bomb costs no more than its announced length") {
  Unpacker unpacker;
  constexpr std::uint64_t ten_gigabytes = std::uint64_t{10} << 30;
  const base::Bytes small = bomb(std::uint64_t{250} << 17, 250);
  REQUIRE(small.size() <= 1024);
  CHECK(unpacker.unpack(small, true, std::uint64_t{250} << 17, UINT64_MAX).has_value());  // it would go off
  CHECK_FALSE(unpacker.unpack(small, true, std::uint64_t{250} << 17, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(small, true, kCap, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(bomb(kCap, 250), true, kCap, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(bomb(ten_gigabytes, 250), true, ten_gigabytes, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(bomb(ten_gigabytes, 250), true, kCap, kCap).has_value());
  CHECK_FALSE(unpacker.unpack(bomb(ten_gigabytes, 81'920), true, kCap, kCap).has_value());
}

TEST_CASE("bytes that are not zstd are refused and leave the context usable") {
  Unpacker unpacker;
  Packer packer;
  const Packed good = packer.pack(words(5000), 3);
  CHECK(rc::check("damage", [&] {
    base::Bytes bad = good.bytes;
    const auto at = *rc::gen::inRange<std::size_t>(0, bad.size());
    bad[at] ^= static_cast<std::byte>(*rc::gen::inRange(1, 256));
    const auto result = unpacker.unpack(bad, true, 5000, kCap);  // damage may also give other bytes of that length
    if (result) RC_ASSERT(result->size() == 5000u);
    RC_ASSERT(unpacker.unpack(good.bytes, true, 5000, kCap).has_value());
  }));
}

TEST_CASE("contexts move") {
  Packer packer;
  Packer other(std::move(packer));
  packer = std::move(other);
  Unpacker unpacker;
  Unpacker taken(std::move(unpacker));
  unpacker = std::move(taken);
  check_round_trip(packer, unpacker, words(3000), 3);
}

}  // namespace
}  // namespace g5ksync::proto
