// The whole exchange of one file, in memory.
#pragma once

#include <vector>

#include "engine/base/executor.h"
#include "engine/delta/matcher.h"
#include "tests/delta/scenarios.h"

namespace g5ksync::delta::testing {

struct Outcome {
  std::vector<Token> tokens;
  std::uint64_t signature_bytes = 0, literal_bytes = 0;
};

/// Signs, searches and takes all requests with the protocol's levels, or with `levels`.
Outcome exchange(base::ByteView fresh, base::ByteView basis, base::Executor& executor);
Outcome exchange(base::ByteView fresh, base::ByteView basis, base::Executor& executor, std::span<const Level> levels,
                 std::size_t max_blocks = 4096);

/// The bytes of the literal tokens.
base::Bytes literals_of(base::ByteView fresh, const std::vector<Token>& tokens);

}  // namespace g5ksync::delta::testing
