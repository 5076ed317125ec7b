#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta::paths {
namespace {

// Loops over arrays that compilers turn into vectors of what every CPU of the kind has.

constexpr std::size_t kChunk = 16 * kWord;  // windows at once

/// Sums over 2k bytes from those over k, `count` of them.
template <std::size_t kBytes>
void double_up(const std::uint16_t* __restrict from, std::uint16_t* __restrict to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = static_cast<std::uint16_t>(std::uint32_t{from[i]} * power(kBytes) + from[i + kBytes]);
  }
}

void hash_chunk(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  std::uint16_t one[kChunk + 31], other[kChunk + 31];
  for (std::size_t i = 0; i < count + 31; ++i) one[i] = byte_map(data[i]);
  double_up<1>(one, other, count + 30);
  double_up<2>(other, one, count + 28);
  double_up<4>(one, other, count + 24);
  double_up<8>(other, one, count + 16);
  double_up<16>(one, other, count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint16_t>(other[i] + offset_of_all());
}

void hash_windows(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  for (std::size_t at = 0; at < count; at += kChunk) {
    hash_chunk(data + at, count - at < kChunk ? count - at : kChunk, out + at);
  }
}

std::uint16_t smallest(const std::uint16_t* hashes, std::size_t count) {
  std::uint16_t least = 0xFFFF;
  for (std::size_t at = 0; at < count; ++at) least = hashes[at] < least ? hashes[at] : least;
  return least;
}

std::size_t first_below(const std::uint16_t* hashes, std::size_t count, std::uint16_t limit) {
  constexpr std::size_t kGroup = 32;
  std::size_t at = 0;
  for (; at + kGroup <= count; at += kGroup) {
    if (smallest(hashes + at, kGroup) < limit) break;
  }
  while (at < count && hashes[at] >= limit) ++at;
  return at;
}

std::size_t first_smallest(const std::uint16_t* hashes, std::size_t count) {
  const std::uint16_t least = smallest(hashes, count);
  return least == 0xFFFF ? 0 : first_below(hashes, count, static_cast<std::uint16_t>(least + 1));
}

void mark_below(const std::uint8_t* data, std::size_t count, std::uint16_t threshold, std::uint64_t* marks) {
  std::uint16_t hashes[kChunk];
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t end = count - begin < kChunk ? count - begin : kChunk;
    hash_chunk(data + begin, end, hashes);
    for (std::size_t at = 0; at < end; at += kWord) {
      const std::size_t some = end - at < kWord ? end - at : kWord;
      std::uint64_t word = 0;
      if (smallest(hashes + at, some) < threshold) {
        for (std::size_t i = some; i-- > 0;) word = word << 1 | std::uint64_t{hashes[at + i] < threshold};
      }
      marks[(begin + at) / kWord] = word;
    }
  }
}

std::uint64_t sum(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace

const Path kScalar{hash_windows, mark_below, first_smallest, smallest, first_below, sum};

}  // namespace g5ksync::delta::paths
