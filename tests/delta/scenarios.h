// Pairs of files as they come up in practice, and some that were hard for other programs.
#pragma once

#include <string>
#include <vector>

#include "tests/delta/exchange.h"

namespace g5ksync::delta::testing {

struct Scenario {
  std::string name;
  base::Bytes basis, fresh;  // fresh is a multiple of 16 KiB long
};

std::vector<Scenario> scenarios(Random& random);

/// Bytes of the blocks of `fresh` that are nowhere in `basis`: an exhaustive search at every offset.
std::uint64_t reference_literals(base::ByteView fresh, base::ByteView basis, std::size_t block);

}  // namespace g5ksync::delta::testing
