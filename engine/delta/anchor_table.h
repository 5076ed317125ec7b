// Blocks that are searched for, by their anchors.
#pragma once

#include <span>
#include <vector>

#include "engine/delta/wanted.h"

namespace g5ksync::delta {

/// Wanted blocks with the same anchor, offset and sum are taken for equal: one class. Built once, then read by any
/// thread.
class AnchorTable {
 public:
  struct Class {
    std::uint64_t sum;
    std::uint32_t anchor, offset;
    std::uint32_t first_member;  // in members()
  };

  /// Of the whole blocks of `task` that are not found.
  explicit AnchorTable(const SearchTask& task);

  bool empty() const { return members_.empty(); }
  std::size_t size() const { return classes_.size() - 1; }
  const Class& operator[](std::size_t index) const { return classes_[index]; }
  /// The classes with this anchor, sorted by offset, then sum: indices [first, second).
  std::pair<std::size_t, std::size_t> with_anchor(std::uint32_t anchor) const;
  /// Of the classes [index, last) of one anchor: the end of those that have the offset of the first.
  std::size_t offset_end(std::size_t index, std::size_t last) const;
  /// Of the classes [begin, end) of one anchor and offset: the one with this sum, or `end`.
  std::size_t with_sum(std::size_t begin, std::size_t end, std::uint64_t sum) const;
  /// Indices into the task's wanted blocks, rising.
  std::span<const std::uint32_t> members(std::size_t index) const;
  /// The class of a wanted block; kNoClass if it is not in the table.
  std::uint32_t class_of(std::size_t which) const { return class_of_[which]; }
  static constexpr std::uint32_t kNoClass = ~std::uint32_t{0};

 private:
  std::size_t bucket(std::uint32_t anchor) const {
    return (anchor * std::uint64_t{0x9E3779B1}) % (1ULL << 32) >> shift_;
  }

  std::vector<Class> classes_;  // one more at the end, as a limit
  std::vector<std::uint32_t> members_;
  std::vector<std::uint32_t> class_of_;
  std::vector<std::uint32_t> bucket_starts_;
  std::vector<std::uint64_t> filter_;  // a bit for each of 16 x classes hashes
  unsigned shift_ = 31, filter_shift_ = 26;
};

}  // namespace g5ksync::delta
