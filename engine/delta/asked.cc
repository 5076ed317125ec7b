#include "engine/delta/asked.h"

#include <algorithm>

namespace g5ksync::delta {

void AskedBlocks::ask(const BlockRange& range) {
  ranges_.push_back({range.first, range.count, come_.size()});
  come_.resize(come_.size() + static_cast<std::size_t>(range.count), false);
}

std::size_t AskedBlocks::number_of(const BlockRange& range) const {
  const auto behind = std::ranges::upper_bound(ranges_, range.first, {}, &Range::first);
  if (behind == ranges_.begin() || range.count == 0) return count();
  const Range& asked = *std::prev(behind);
  const std::uint64_t skipped = range.first - asked.first;
  if (skipped > asked.count || asked.count - skipped < range.count) return count();
  const std::size_t number = asked.number + static_cast<std::size_t>(skipped);
  const auto begin = come_.begin() + static_cast<std::ptrdiff_t>(number);
  const auto end = begin + static_cast<std::ptrdiff_t>(range.count);
  return std::find(begin, end, true) == end ? number : count();
}

bool AskedBlocks::are_due(std::span<const BlockRange> ranges) const {
  std::uint64_t end = 0;
  for (const BlockRange& range : ranges) {
    if (range.first < end || number_of(range) == count()) return false;
    end = range.first + range.count;
  }
  return true;
}

void AskedBlocks::come(std::span<const BlockRange> ranges) {
  for (const BlockRange& range : ranges) {
    const auto begin = come_.begin() + static_cast<std::ptrdiff_t>(number_of(range));
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(range.count), true);
  }
}

void AskedBlocks::clear() {
  ranges_.clear();
  come_.clear();
}

}  // namespace g5ksync::delta
