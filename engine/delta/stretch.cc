#include "engine/delta/stretch.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/delta/window_hash.h"

namespace g5ksync::delta {
namespace {

constexpr std::size_t kGroup = 64;  // hashes of which the smallest is known
constexpr std::uint16_t kHidden = 0xFFFF;

bool eight_equal(const std::byte* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word == std::rotl(word, 8);
}

}  // namespace

/// A window of equal bytes is no anchor. It covers eight bytes from a multiple of 16 on.
void Stretch::hide_runs(base::ByteView data) {
  for (std::size_t at = 0; at + 8 <= data.size(); at += 16) {
    if (!eight_equal(data.data() + at)) continue;
    std::size_t begin = at, end = at + 8;
    while (begin > 0 && data[begin - 1] == data[at]) --begin;
    while (end < data.size() && data[end] == data[at]) ++end;
    for (std::size_t window = begin; window + kWindow <= end; ++window) hashes_[window] = kHidden;
    at = end / 16 * 16;
  }
}

/// The first of the smallest hashes from `begin` to `end`.
std::size_t Stretch::smallest_in(std::size_t begin, std::size_t end) const {
  const std::span<const std::uint16_t> all(hashes_);
  const std::size_t first_group = (begin + kGroup - 1) / kGroup, last_group = end / kGroup;
  if (first_group >= last_group) return begin + first_smallest(all.subspan(begin, end - begin));
  std::size_t best = begin;
  const auto take = [&](std::size_t from, std::size_t to) {
    if (from == to) return;
    const std::size_t at = from + first_smallest(all.subspan(from, to - from));
    if (hashes_[at] < hashes_[best]) best = at;
  };
  take(begin, first_group * kGroup);
  const std::span<const std::uint16_t> groups = std::span(minima_).subspan(first_group, last_group - first_group);
  const std::size_t group = first_group + first_smallest(groups);
  if (minima_[group] < hashes_[best] || best == group * kGroup) take(group * kGroup, (group + 1) * kGroup);
  take(last_group * kGroup, end);
  return best;
}

std::span<const std::uint32_t> Stretch::all_anchors(base::ByteView data, std::size_t block) {
  anchors_.clear();
  if (data.size() < block || is_run(data)) return anchors_;
  window_hashes(data, hashes_);
  hide_runs(data);
  const std::span<const std::uint16_t> all(hashes_);
  minima_.resize(all.size() / kGroup);
  for (std::size_t i = 0; i < minima_.size(); ++i) minima_[i] = smallest_of(all.subspan(i * kGroup, kGroup));
  const std::size_t span = block - kWindow + 1;            // windows in a block
  std::size_t anchor = smallest_in(0, span), seen = span;  // all up to here were compared with the anchor
  for (;;) {
    // It holds until a smaller one comes into the block, or it leaves the block. Where all is hidden, nothing leaves.
    const bool hidden = hashes_[anchor] == kHidden;
    if (!hidden) anchors_.push_back(static_cast<std::uint32_t>(anchor));
    const std::size_t until = hidden ? all.size() : std::min(all.size(), anchor + span);
    const std::size_t smaller = seen + first_below(all.subspan(seen, until - seen), hashes_[anchor]);
    if (smaller < until) {
      anchor = smaller, seen = smaller + 1;
      continue;
    }
    if (hidden || anchor + 1 + span > all.size()) return anchors_;
    seen = anchor + 1 + span;
    anchor = smallest_in(anchor + 1, seen);
  }
}

}  // namespace g5ksync::delta
