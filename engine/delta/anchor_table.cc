#include "engine/delta/anchor_table.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace g5ksync::delta {
namespace {

struct Row {
  std::uint32_t anchor, offset;
  std::uint64_t sum;
  std::uint32_t which;
  auto key() const { return std::tie(anchor, offset, sum); }
  auto order() const { return std::tie(anchor, offset, sum, which); }
};

}  // namespace

AnchorTable::AnchorTable(const SearchTask& task) : class_of_(task.wanted.size(), kNoClass) {
  std::vector<Row> wanted;
  wanted.reserve(task.wanted.size());
  for (std::size_t i = 0; i < task.wanted.size(); ++i) {
    const WantedBlock& block = task.wanted[i];
    if (block.is_found() || task.is_short(i)) continue;
    wanted.push_back({block.anchor, block.offset, block.sum, static_cast<std::uint32_t>(i)});
  }
  const std::size_t count = wanted.size();
  const auto bits = static_cast<unsigned>(std::bit_width(count) + 1);
  shift_ = 32 - bits;
  filter_shift_ = 32 - std::min(32u, bits + 3);
  filter_.assign(std::max<std::size_t>(1, (std::size_t{1} << (32 - filter_shift_)) / 64), 0);

  // Rows by bucket: counted, which tells where each bucket ends, then put in their places from there downwards.
  std::vector<std::uint32_t> row_starts((std::size_t{1} << bits) + 1, 0);
  for (const Row& row : wanted) ++row_starts[bucket(row.anchor)];
  for (std::size_t i = 1; i < row_starts.size(); ++i) row_starts[i] += row_starts[i - 1];
  std::vector<Row> rows(count);
  for (const Row& row : wanted) rows[--row_starts[bucket(row.anchor)]] = row;

  bucket_starts_.reserve(row_starts.size());
  members_.reserve(count);
  classes_.reserve(count + 1);
  for (std::size_t b = 0; b + 1 < row_starts.size(); ++b) {
    bucket_starts_.push_back(static_cast<std::uint32_t>(classes_.size()));
    const std::span<Row> some = std::span(rows).subspan(row_starts[b], row_starts[b + 1] - row_starts[b]);
    if (some.size() > 1) std::ranges::sort(some, {}, &Row::order);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const Row& row = some[i];
      if (i == 0 || some[i - 1].key() != row.key()) {
        classes_.push_back({row.sum, row.anchor, row.offset, static_cast<std::uint32_t>(members_.size())});
        const std::uint32_t bit = (row.anchor * 0x9E3779B1u) >> filter_shift_;
        filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
      }
      members_.push_back(row.which);
      class_of_[row.which] = static_cast<std::uint32_t>(classes_.size() - 1);
    }
  }
  bucket_starts_.push_back(static_cast<std::uint32_t>(classes_.size()));
  classes_.push_back({0, 0, 0, static_cast<std::uint32_t>(count)});
}

std::pair<std::size_t, std::size_t> AnchorTable::with_anchor(std::uint32_t anchor) const {
  const std::uint32_t bit = (anchor * 0x9E3779B1u) >> filter_shift_;
  if ((filter_[bit / 64] >> (bit % 64) & 1) == 0) return {0, 0};
  const std::size_t row = bucket(anchor);
  std::size_t first = bucket_starts_[row], last = bucket_starts_[row + 1];
  while (first < last && classes_[first].anchor != anchor) ++first;
  if (first == last || classes_[last - 1].anchor == anchor) return {first, last};
  const auto end = std::partition_point(classes_.begin() + static_cast<std::ptrdiff_t>(first),
                                        classes_.begin() + static_cast<std::ptrdiff_t>(last),
                                        [=](const Class& one) { return one.anchor == anchor; });
  return {first, static_cast<std::size_t>(end - classes_.begin())};
}

std::size_t AnchorTable::offset_end(std::size_t index, std::size_t last) const {
  const auto same = std::span(classes_).subspan(index, last - index);
  const auto is_same = [offset = classes_[index].offset](const Class& one) { return one.offset == offset; };
  if (same.size() == 1 || !is_same(same[1])) return index + 1;  // nearly always
  return index + static_cast<std::size_t>(std::partition_point(same.begin(), same.end(), is_same) - same.begin());
}

std::size_t AnchorTable::with_sum(std::size_t begin, std::size_t end, std::uint64_t sum) const {
  const auto some = std::span(classes_).subspan(begin, end - begin);
  const auto found = std::ranges::lower_bound(some, sum, {}, &Class::sum);
  return found != some.end() && found->sum == sum ? begin + static_cast<std::size_t>(found - some.begin()) : end;
}

std::span<const std::uint32_t> AnchorTable::members(std::size_t index) const {
  const std::size_t first = classes_[index].first_member, last = classes_[index + 1].first_member;
  return std::span(members_).subspan(first, last - first);
}

}  // namespace g5ksync::delta
