// What each SIMD path of the window hash provides; window_hash.cc puts the pieces together. Sources of a path are
// compiled for its CPU, so they use nothing inline from outside that the linker might share with the others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace g5ksync::delta::paths {

inline constexpr std::uint16_t kScale = 0x9E37, kShift = 0x7F4B, kBase = 0x6F4F;

constexpr std::uint16_t power(unsigned exponent) {
  std::uint32_t value = 1;
  for (unsigned i = 0; i < exponent; ++i) value = (value * kBase) & 0xFFFF;
  return static_cast<std::uint16_t>(value);
}
constexpr std::uint16_t byte_map(unsigned byte) {
  const auto x = static_cast<std::uint16_t>(byte * kScale + kShift);
  return static_cast<std::uint16_t>(x ^ (x >> 7));
}
/// K: what makes the hash of 32 zeros 0xFFFF.
constexpr std::uint16_t offset_of_all() {
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < 32; ++i) sum += std::uint32_t{byte_map(0)} * power(i) & 0xFFFF;
  return static_cast<std::uint16_t>(0xFFFFu - sum);
}

/// Values of one word of marks.
inline constexpr std::size_t kWord = 64;

struct Path {
  /// Hashes `count` windows into `out`; reads count + 31 bytes.
  void (*hash)(const std::uint8_t* data, std::size_t count, std::uint16_t* out);
  /// Bit i % 64 of marks[i / 64] becomes whether the hash of window i is below `threshold` ≤ 0x7FFF, for i < `count`;
  /// the rest of the last word becomes 0. Reads count + 31 bytes.
  void (*mark)(const std::uint8_t* data, std::size_t count, std::uint16_t threshold, std::uint64_t* marks);
  /// Where the smallest of `count` > 0 values is first.
  std::size_t (*first_smallest)(const std::uint16_t* hashes, std::size_t count);
  std::uint16_t (*smallest)(const std::uint16_t* hashes, std::size_t count);
  /// Where one of `count` values is first below `limit`; `count` if none is.
  std::size_t (*first_below)(const std::uint16_t* hashes, std::size_t count, std::uint16_t limit);
  /// XXH3-64, seed 0.
  std::uint64_t (*sum)(const void* bytes, std::size_t size);
};

extern const Path kScalar;
#if defined(__x86_64__)
extern const Path kAvx2;
extern const Path kAvx512;
#endif

}  // namespace g5ksync::delta::paths
