#include "engine/delta/segment_search.h"

#include <algorithm>

#include "engine/delta/window_hash.h"

namespace g5ksync::delta {
namespace {

constexpr std::size_t kPiece = std::size_t{16} << 10;  // positions rolled over before the candidates are probed
constexpr std::size_t kExpected = 8;                   // candidates a block
constexpr std::size_t kMaxStretch = std::size_t{256} << 10;
constexpr std::size_t kFewMatches = 64;  // room made for them at once
constexpr int kMaxChain = 32;            // offsets tried for one anchor
/// Bytes that may be summed in vain for each byte of the segment: what bounds the time on adversarial data. Looking a
/// block up takes as long as summing some more.
constexpr std::size_t kMaxWaste = 2, kLookUp = 256;

constexpr std::uint32_t threshold_for(std::uint32_t block) {
  return static_cast<std::uint32_t>(kExpected) * 65536 / block;
}

}  // namespace

SegmentSearch::SegmentSearch(const SearchTask& task, const AnchorTable& table, AfterMatch after)
    : task_(task),
      table_(table),
      after_(after),
      block_(task.level.block),
      windows_(block_ - kWindow + 1),
      threshold_(threshold_for(task.level.block)),
      class_found_(table.size()) {
  candidates_.reserve(kPiece / block_ * kExpected * 2 + 16);
}

std::vector<Match> SegmentSearch::run(base::ByteView bytes, std::uint64_t offset,
                                      std::span<const BasisInterval> regions) {
  bytes_ = bytes;
  offset_ = offset;
  diagonal_ = 0;
  wasted_ = 0;
  matches_.clear();
  matches_.reserve(std::min(table_.size(), kFewMatches));
  for (const BasisInterval& region : regions) {
    if (region.begin >= offset + bytes.size()) break;
    const auto end = static_cast<std::size_t>(std::min<std::uint64_t>(region.end - offset, bytes.size()));
    search_region(static_cast<std::size_t>(region.begin - offset), end);
  }
  for (const Match& match : matches_) class_found_[table_.class_of(match.which)] = false;
  return std::move(matches_);
}

void SegmentSearch::search_region(std::size_t begin, std::size_t end) {
  if (bytes_.size() < kWindow) return;
  region_end_ = std::min(end, bytes_.size() - kWindow + 1);
  at_ = stretch_begin_ = begin;
  bool few = false;
  while (at_ < region_end_) {
    if (few || at_ >= stretch_begin_ + std::max(kPiece, windows_)) {
      search_stretch(std::min(region_end_, stretch_begin_ + kMaxStretch));
      few = false;
    } else {
      const std::size_t from = at_, to = std::min(region_end_, from + kPiece);
      search_candidates(from, to);
      few = block_ <= kPiece / 4 && candidates_.size() * block_ < (to - from) * kExpected / 2;
    }
  }
  search_stretch(region_end_);
}

void SegmentSearch::search_candidates(std::size_t from, std::size_t to) {
  candidates_.clear();
  append_candidates(bytes_.subspan(from, to - from + kWindow - 1), threshold_, candidates_);
  for (const std::uint32_t candidate : candidates_) {
    const std::size_t position = from + candidate;
    if (position < at_) continue;  // inside a match
    if (position >= stretch_begin_ + windows_) search_stretch(position);
    if (position >= at_) at_ = std::max(position, probe(position));
    stretch_begin_ = std::max(at_, position + 1);
    if (at_ >= to) return;
  }
  at_ = std::max(at_, to);
}

/// Probes all anchors from the last candidate, or the end of the last match, to `end`, and goes on from there.
void SegmentSearch::search_stretch(std::size_t end) {
  const std::size_t begin = stretch_begin_;
  at_ = std::max(at_, end);
  if (begin + windows_ > end) return;
  std::size_t behind = begin;  // the end of the last match
  const base::ByteView data = bytes_.subspan(begin, std::min(bytes_.size(), end + kWindow - 1) - begin);
  for (const std::uint32_t anchor : stretch_.all_anchors(data, block_)) {
    if (begin + anchor >= behind) behind = std::max(behind, probe(begin + anchor));
  }
  at_ = std::max(at_, behind);
  stretch_begin_ = std::max(behind, end - windows_ + 1);
}

/// Tries the blocks whose anchor is at `at`; returns where to go on: the end of a match, or 0.
std::size_t SegmentSearch::probe(std::size_t at) {
  const auto [first, last] = table_.with_anchor(anchor_hash(bytes_.subspan(at, kWindow), task_.level));
  int tried = 0;
  for (std::size_t i = first; i < last;) {
    const std::uint32_t offset = table_[i].offset;
    const std::size_t begin = i, end = table_.offset_end(i, last);
    i = end;
    if (offset > at || at - offset + block_ > bytes_.size() || all_found(begin, end)) continue;
    if (++tried > kMaxChain || wasted_ > kMaxWaste * at + (kMaxWaste << 16)) return 0;
    const std::uint64_t sum = block_sum(bytes_.subspan(at - offset, block_), task_.level);
    const std::size_t one = table_.with_sum(begin, end, sum);
    if (one == end || class_found_[one]) {
      wasted_ += block_ + kLookUp;
      continue;
    }
    const std::size_t behind = accept(one, at - offset);
    if (after_ == AfterMatch::skip) return behind;
  }
  return 0;
}

/// Whether the classes [begin, end) are known to be found; many are not looked at.
bool SegmentSearch::all_found(std::size_t begin, std::size_t end) const {
  if (end - begin > 8) return false;
  for (std::size_t one = begin; one < end; ++one) {
    if (!class_found_[one]) return false;
  }
  return true;
}

std::size_t SegmentSearch::accept(std::size_t found_class, std::size_t start) {
  const std::size_t which = member_for(found_class, start);
  note(which, start);
  go_back(which, start);
  const std::size_t end = go_forward(which, start);
  return end;
}

/// The member of a class that lies on the diagonal of the latest match, else one whose next block matches, else the
/// first.
std::size_t SegmentSearch::member_for(std::size_t found_class, std::size_t start) const {
  const std::span<const std::uint32_t> members = table_.members(found_class);
  const std::uint64_t index = (offset_ + start - diagonal_) / block_;
  const auto same =
      std::lower_bound(members.begin(), members.end(), index,
                       [&](std::uint32_t which, std::uint64_t wanted) { return task_.wanted[which].index < wanted; });
  if (same != members.end() && task_.offset(*same) + diagonal_ == offset_ + start) return *same;
  for (const std::uint32_t which : members.first(std::min<std::size_t>(members.size(), 4))) {
    if (task_.next_follows(which) && is_at(which + 1, start + block_)) return which;
  }
  return members.front();
}

/// The next blocks of the new file are expected to come next here, too.
std::size_t SegmentSearch::go_forward(std::size_t which, std::size_t start) {
  for (; task_.next_follows(which) && start + block_ < region_end_ && is_at(which + 1, start + block_);
       start += block_) {
    ++which;
    if (!is_open(which) && after_ == AfterMatch::overlap) break;
    if (is_open(which)) note(which, start + block_);
  }
  return start + block_;
}

void SegmentSearch::go_back(std::size_t which, std::size_t start) {
  for (; which > 0 && task_.next_follows(which - 1) && start >= block_; start -= block_) {
    --which;
    if (!is_open(which) || !is_at(which, start - block_)) return;
    note(which, start - block_);
  }
}

bool SegmentSearch::is_at(std::size_t which, std::size_t start) const {
  if (start + block_ > bytes_.size() || task_.is_short(which)) return false;
  return block_sum(bytes_.subspan(start, block_), task_.level) == task_.wanted[which].sum;
}

bool SegmentSearch::is_open(std::size_t which) const {
  const std::uint32_t its = table_.class_of(which);
  return its != AnchorTable::kNoClass && !class_found_[its];
}

void SegmentSearch::note(std::size_t which, std::size_t start) {
  matches_.push_back({static_cast<std::uint32_t>(which), offset_ + start});
  class_found_[table_.class_of(which)] = true;
  diagonal_ = offset_ + start - task_.offset(which);
}

}  // namespace g5ksync::delta
