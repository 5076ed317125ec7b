// Which blocks a file is signed with, and how an entry of a signature is laid out (docs/protocol.md, Signatures).
//
// A file has a list of levels, coarse first, chosen by its new size alone; each block size divides the one before. A
// level is asked for only where the levels above found nothing. Entries of one level are all of one size:
//
//   anchored:  | sum: low sum_bytes of XXH3-64(block) | locator: hash of the anchor window · block + its offset |
//   followed:  | sum: low sum_bytes of XXH3-64(block) |
//
// An anchored entry can be found anywhere in the basis. A followed one is only compared where the copies beside it go
// on, so it needs no locator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace g5ksync::delta {

/// So many blocks of a weak level that do not match end the search along what is known.
inline constexpr std::size_t kWeakReach = 16;

inline constexpr std::uint32_t kLargestBlock = 65536;

struct Level {
  std::uint32_t block;         // bytes; a power of two, 64 to kLargestBlock
  std::uint8_t sum_bytes;      // 1 to 8
  std::uint8_t locator_bytes;  // 0 for followed levels, else 2 to 6
  constexpr bool anchored() const { return locator_bytes != 0; }
  /// Sums so short that they are compared near what is known only, or too many would be equal by chance.
  constexpr bool weak() const { return sum_bytes <= 2 && !anchored(); }
  constexpr std::size_t entry_size() const { return std::size_t{sum_bytes} + locator_bytes; }
};

/// The levels of a file of `new_size` bytes, coarse first; never empty. Part of the protocol.
std::span<const Level> levels_for(std::uint64_t new_size);

/// Bytes that the signatures of `blocks` blocks take on the wire. `level` is an index into levels_for(new_size).
std::size_t signature_size(std::uint64_t new_size, unsigned level, std::uint64_t blocks);

/// The same for all blocks of the first level.
std::size_t first_level_size(std::uint64_t new_size);

/// How many blocks a file of `size` bytes has; the last one may be short.
constexpr std::uint64_t block_count(std::uint64_t size, std::uint32_t block) {
  return size / block + (size % block != 0 ? 1 : 0);
}

}  // namespace g5ksync::delta
