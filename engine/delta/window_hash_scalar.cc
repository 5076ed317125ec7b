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

void hash_windows(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  if (count == 0) return;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 32; ++i) sum = sum * kBase + kTables.in[data[i]];
  out[0] = static_cast<std::uint16_t>(sum + offset_of_all());
  for (std::size_t at = 1; at < count; ++at) {
    sum = sum * kBase + (std::uint32_t{kTables.in[data[at + 31]]} - kTables.out[data[at - 1]]);
    out[at] = static_cast<std::uint16_t>(sum + offset_of_all());
  }
}

std::size_t windows_below(const std::uint16_t* hashes, std::size_t count, std::uint16_t threshold, std::uint16_t* out) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < count; ++at) {
    out[found] = static_cast<std::uint16_t>(at);
    found += hashes[at] < threshold ? 1 : 0;
  }
  return found;
}

std::uint16_t smallest_hash(std::uint16_t* hashes, std::size_t count) {
  for (std::size_t i = 0; i < 4; ++i) hashes[count + i] = 0xFFFF;
  std::uint16_t least[4] = {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};  // four, since each waits for the one before
  const auto take = [](std::uint16_t& smallest, std::uint16_t hash) { smallest = hash < smallest ? hash : smallest; };
  for (std::size_t at = 0; at < count; at += 4) {
    take(least[0], hashes[at]);
    take(least[1], hashes[at + 1]);
    take(least[2], hashes[at + 2]);
    take(least[3], hashes[at + 3]);
  }
  for (const std::uint16_t one : least) take(least[0], one);
  return least[0];
}

std::uint64_t sum(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace

const Path kScalar{hash_windows, windows_below, smallest_hash, sum};

}  // namespace g5ksync::delta::paths
