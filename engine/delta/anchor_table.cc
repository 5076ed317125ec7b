#include "engine/delta/anchor_table.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace g5ksync::delta {
namespace {

struct Row {
  std::uint32_t bucket, anchor, offset, which;
  std::uint64_t sum;
  auto key() const { return std::tie(bucket, anchor, offset, sum); }
};

}  // namespace

AnchorTable::AnchorTable(const SearchTask& task) : class_of_(task.wanted.size(), kNoClass) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < task.wanted.size(); ++i) {
    const WantedBlock& block = task.wanted[i];
    if (block.is_found() || task.is_short(i)) continue;
    rows.push_back({0, block.anchor, block.offset, static_cast<std::uint32_t>(i), block.sum});
  }
  const auto bits = static_cast<unsigned>(std::bit_width(rows.size()) + 1);
  shift_ = 32 - bits;
  filter_shift_ = 32 - std::min(32u, bits + 3);
  bucket_starts_.assign((std::size_t{1} << bits) + 1, 0);
  filter_.assign(std::max<std::size_t>(1, (std::size_t{1} << (32 - filter_shift_)) / 64), 0);
  for (Row& row : rows) row.bucket = static_cast<std::uint32_t>(bucket(row.anchor));
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.bucket, a.anchor, a.offset, a.sum, a.which) <
           std::tie(b.bucket, b.anchor, b.offset, b.sum, b.which);
  });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (i == 0 || rows[i - 1].key() != row.key()) {
      classes_.push_back({row.sum, row.anchor, row.offset, static_cast<std::uint32_t>(i)});
      ++bucket_starts_[row.bucket + 1];
      const std::uint32_t bit = (row.anchor * 0x9E3779B1u) >> filter_shift_;
      filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    members_.push_back(row.which);
    class_of_[row.which] = static_cast<std::uint32_t>(classes_.size() - 1);
  }
  for (std::size_t i = 1; i < bucket_starts_.size(); ++i) bucket_starts_[i] += bucket_starts_[i - 1];
  classes_.push_back({0, 0, 0, static_cast<std::uint32_t>(rows.size())});
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

std::span<const std::uint32_t> AnchorTable::members(std::size_t index) const {
  const std::size_t first = classes_[index].first_member, last = classes_[index + 1].first_member;
  return std::span(members_).subspan(first, last - first);
}

}  // namespace g5ksync::delta
