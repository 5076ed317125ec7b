// Blocks that are searched for.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/delta/signature.h"

namespace g5ksync::delta {

struct WantedBlock {
  static constexpr std::uint64_t kNotFound = ~std::uint64_t{0};
  std::uint64_t index;  // of the block in the new file, in blocks of its level
  std::uint64_t sum;
  std::uint32_t anchor;
  std::uint32_t offset;
  std::uint64_t found = kNotFound;           // offset in the basis
  std::array<std::uint32_t, 2> tried{0, 0};  // diagonals it is not on, tried last forwards and backwards; see follow.cc
  bool is_found() const { return found != kNotFound; }
};

/// The wanted block `which` lies in the basis at `where`.
struct Match {
  std::uint32_t which;
  std::uint64_t where;
};

/// All that one search of one level needs to know.
struct SearchTask {
  Level level;
  std::uint64_t new_size, basis_size;
  std::vector<WantedBlock>& wanted;  // by index

  std::uint64_t offset(std::size_t which) const { return wanted[which].index * level.block; }
  /// Bytes of a block: short for the last one of the file.
  std::size_t length(std::size_t which) const {
    const std::uint64_t left = new_size - offset(which);
    return static_cast<std::size_t>(left < level.block ? left : level.block);
  }
  bool is_short(std::size_t which) const { return length(which) < level.block; }
  /// Whether `which` + 1 is the next block of the file too.
  bool next_follows(std::size_t which) const {
    return which + 1 < wanted.size() && wanted[which + 1].index == wanted[which].index + 1;
  }
};

}  // namespace g5ksync::delta
