// The first byte of a request and of an unpacked answer; no other folder includes this.
#pragma once

#include <cstdint>

namespace g5ksync::proto {

enum class RequestKind : std::uint8_t {
  bundle = 1,
  ranges = 2,
  cannot_serve = 3,  // answers only
  digest = 4,
  listings = 5,
  sums = 6,
  signatures = 7,
  openings = 8,  // sums, with the signatures of the first level
};

}  // namespace g5ksync::proto
