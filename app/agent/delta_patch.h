// Puts a new file together from its basis and a delta (engine/delta/token.h).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "app/agent/basis.h"
#include "engine/base/executor.h"
#include "engine/delta/token.h"
#include "engine/delta/whole_file_sum.h"
#include "engine/fs/directory.h"

namespace g5ksync::app {

/// The bytes of a delta's literals in memory: of those that follow each other, by the place in the new file where the
/// first of them begins.
using LiteralParts = std::map<std::uint64_t, base::Bytes>;

struct Patch {
  std::uint64_t size = 0;  // of the new file
  const std::vector<delta::Token>& tokens;
  const Basis& basis;
  const LiteralParts* literals;  // all of them; null: they are in `out` already, at their places
  fs::TempFile& out;
};

/// Writes the new file, from its beginning to its end; its sum. None where the basis does not hold what the tokens say,
/// or `go_on`, which is asked after each step, says no. Errors are those of reading and writing. `executor`: writes
/// while this thread reads and sums; none: this thread does both.
base::Result<std::optional<delta::Sum128>> write_patched(const Patch& patch, base::Executor* executor,
                                                         const std::function<bool()>& go_on);

}  // namespace g5ksync::app
