// Which blocks were asked for, and which of them have come.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace g5ksync::delta {

struct BlockRange {
  std::uint64_t first, count;
  friend bool operator==(const BlockRange&, const BlockRange&) = default;
};

/// Blocks of one level between two searches. One thread at a time.
class AskedBlocks {
 public:
  /// Ranges come in order, none empty, apart from those before.
  void ask(const BlockRange& range);
  /// Whether the ranges are sorted, apart from each other, not empty, and all blocks of them were asked for and have
  /// not come yet.
  bool are_due(std::span<const BlockRange> ranges) const;
  /// They have come. They are due.
  void come(std::span<const BlockRange> ranges);
  /// How many were asked for.
  std::size_t count() const { return come_.size(); }
  void clear();

 private:
  struct Range {
    std::uint64_t first, count;
    std::size_t number;  // of its first block among all
  };
  /// The number of the first block; count() if not all of them are waited for.
  std::size_t number_of(const BlockRange& range) const;

  std::vector<Range> ranges_;
  std::vector<bool> come_;
};

}  // namespace g5ksync::delta
