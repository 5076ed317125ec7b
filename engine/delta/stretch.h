// Anchors where the threshold finds none.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/bytes.h"

namespace g5ksync::delta {

/// Finds every position that is the anchor of some block: for text of short periods and the like. Holds scratch memory:
/// one object a thread.
class Stretch {
 public:
  /// Every position in `data` that is the anchor of a block of `block` bytes lying in `data`, rising: the smallest
  /// windows among block - 31 in a row. A block whose smallest h is 0xFFFF may be missed. The time does not depend on
  /// `block`; 1 to 2 GB/s where anchors are rare. The view is good until the next call.
  std::span<const std::uint32_t> all_anchors(base::ByteView data, std::size_t block);

 private:
  void hide_runs(base::ByteView data);
  std::size_t smallest_in(std::size_t begin, std::size_t end) const;

  std::vector<std::uint16_t> hashes_;
  std::vector<std::uint16_t> minima_;  // of each kGroup hashes
  std::vector<std::uint32_t> anchors_;
};

}  // namespace g5ksync::delta
