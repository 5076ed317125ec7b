#include "engine/delta/scheme.h"

namespace g5ksync::delta {
namespace {

constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;

constexpr Level kTiny[] = {{1024, 3, 3}, {256, 3, 2}, {64, 2, 0}};
constexpr Level kSmall[] = {{2048, 3, 3}, {256, 3, 2}, {64, 2, 0}};
constexpr Level kMedium[] = {{16384, 4, 4}, {4096, 4, 4}, {1024, 4, 4}, {256, 4, 4}, {64, 4, 0}};
constexpr Level kLarge[] = {{65536, 6, 6}, {8192, 5, 5}, {1024, 5, 4}, {256, 5, 0}};
constexpr Level kHuge[] = {{65536, 8, 6}, {16384, 8, 6}, {4096, 8, 6}};

}  // namespace

std::span<const Level> levels_for(std::uint64_t new_size) {
  if (new_size <= 4 * kKiB) return kTiny;
  if (new_size <= 256 * kKiB) return kSmall;
  if (new_size <= 64 * kMiB) return kMedium;
  if (new_size <= 4 * kGiB) return kLarge;
  return kHuge;
}

std::size_t signature_size(std::uint64_t new_size, unsigned level, std::uint64_t blocks) {
  return levels_for(new_size)[level].entry_size() * static_cast<std::size_t>(blocks);
}

std::size_t first_level_size(std::uint64_t new_size) {
  return signature_size(new_size, 0, block_count(new_size, levels_for(new_size).front().block));
}

}  // namespace g5ksync::delta
