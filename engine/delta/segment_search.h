// The search of one segment of the basis, on one thread.
#pragma once

#include <vector>

#include "engine/delta/anchor_table.h"
#include "engine/delta/stretch.h"
#include "engine/delta/wanted.h"

namespace g5ksync::delta {

struct BasisInterval {
  std::uint64_t begin, end;
};

enum class AfterMatch {
  skip,     // go on behind the match and the blocks that follow it there
  overlap,  // go on at the next position: other blocks may overlap it
};

/// Finds blocks around a segment. Holds scratch memory: one object a thread, used for one segment after the other.
class SegmentSearch {
 public:
  SegmentSearch(const SearchTask& task, const AnchorTable& table, AfterMatch after);

  /// `bytes` are those of the basis from `offset` on. Searches anchors in each of `regions` (sorted, within the bytes);
  /// blocks may reach over their ends. Returns matches, for each class at least one of its blocks.
  std::vector<Match> run(base::ByteView bytes, std::uint64_t offset, std::span<const BasisInterval> regions);

 private:
  void search_region(std::size_t begin, std::size_t end);
  void search_candidates(std::size_t from, std::size_t to);
  void search_stretch(std::size_t end);
  std::size_t probe(std::size_t at);
  bool all_found(std::size_t begin, std::size_t end) const;
  std::size_t accept(std::size_t found_class, std::size_t start);
  std::size_t go_forward(std::size_t which, std::size_t start);
  void go_back(std::size_t which, std::size_t start);
  bool is_at(std::size_t which, std::size_t start) const;
  bool is_open(std::size_t which) const;
  void note(std::size_t which, std::size_t start);
  std::size_t member_for(std::size_t found_class, std::size_t start) const;

  const SearchTask& task_;
  const AnchorTable& table_;
  const AfterMatch after_;
  const std::size_t block_, windows_;  // windows: in a block
  const std::uint32_t threshold_;
  base::ByteView bytes_;
  std::uint64_t offset_ = 0;
  std::size_t region_end_ = 0;
  std::size_t at_ = 0;             // the next position to look at
  std::size_t stretch_begin_ = 0;  // no candidates from here to at_
  std::uint64_t diagonal_ = 0;     // of the latest match
  std::size_t wasted_ = 0;         // bytes summed without a match
  std::vector<bool> class_found_;
  std::vector<std::uint32_t> candidates_;
  Stretch stretch_;
  std::vector<Match> matches_;
};

}  // namespace g5ksync::delta
