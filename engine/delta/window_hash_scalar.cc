#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta::paths {
namespace {

/// The byte map, and the map times M^32, by which a byte leaves the window.
struct Tables {
  std::array<std::uint16_t, 256> in{}, out{};
};
constexpr Tables make_tables() {
  Tables tables;
  for (unsigned byte = 0; byte < 256; ++byte) {
    tables.in[byte] = byte_map(byte);
    tables.out[byte] = static_cast<std::uint16_t>(std::uint32_t{byte_map(byte)} * power(32));
  }
  return tables;
}
constexpr Tables kTables = make_tables();

/// The sum over a window that goes along the bytes.
struct Rolling {
  explicit Rolling(const std::uint8_t* data) : next(data + 32) {
    for (std::size_t i = 0; i < 32; ++i) sum = sum * kBase + kTables.in[data[i]];
  }
  std::uint16_t hash() const { return static_cast<std::uint16_t>(sum + offset_of_all()); }
  void roll() {
    sum = sum * kBase + (std::uint32_t{kTables.in[*next]} - kTables.out[next[-32]]);
    ++next;
  }
  const std::uint8_t* next;
  std::uint32_t sum = 0;
};

/// `count` > 0 windows.
void hash_one(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  Rolling window(data);
  for (std::size_t at = 0; at + 1 < count; ++at, window.roll()) out[at] = window.hash();
  out[count - 1] = window.hash();
}

/// Four stretches at once, since each sum waits for the one before.
void hash_windows(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  const std::size_t share = count / 4, done = 4 * share;
  if (share != 0) {
    Rolling a(data), b(data + share), c(data + 2 * share), d(data + 3 * share);
    const auto put = [&](std::size_t at) {
      out[at] = a.hash(), out[share + at] = b.hash(), out[2 * share + at] = c.hash(), out[3 * share + at] = d.hash();
    };
    for (std::size_t at = 0; at + 1 < share; ++at, a.roll(), b.roll(), c.roll(), d.roll()) put(at);
    put(share - 1);
  }
  if (done < count) hash_one(data + done, count - done, out + done);
}

void mark_below(const std::uint8_t* data, std::size_t count, std::uint16_t threshold, std::uint64_t* marks) {
  constexpr std::size_t kChunk = 16 * kWord;
  std::uint16_t hashes[kChunk];
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t end = count - begin < kChunk ? count - begin : kChunk;
    hash_windows(data + begin, end, hashes);
    for (std::size_t at = 0; at < end; at += kWord) {
      std::uint64_t word = 0;
      for (std::size_t i = end - at < kWord ? end - at : kWord; i-- > 0;)
        word = word << 1 | std::uint64_t{hashes[at + i] < threshold};
      marks[(begin + at) / kWord] = word;
    }
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

std::uint64_t sum(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace

const Path kScalar{hash_windows, mark_below, first_smallest, smallest, first_below, sum};

}  // namespace g5ksync::delta::paths
