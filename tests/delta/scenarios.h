// Pairs of files as they come up in practice, and some that were hard for other programs.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace g5ksync::delta::testing {

using Random = std::mt19937_64;
base::Bytes random_bytes(Random& random, std::size_t size);

struct Scenario {
  std::string name;
  base::Bytes basis, fresh;  // fresh is a multiple of 16 KiB long
};

/// About `size` bytes each.
std::vector<Scenario> scenarios(Random& random, std::size_t size = std::size_t{2} << 20);

/// Bytes of the blocks of `fresh` that are nowhere in `basis`: an exhaustive search at every offset.
std::uint64_t reference_literals(base::ByteView fresh, base::ByteView basis, std::size_t block);

}  // namespace g5ksync::delta::testing
