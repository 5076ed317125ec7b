// Search along diagonals: a block most likely lies where the copies beside it go on.
#pragma once

#include "engine/base/executor.h"
#include "engine/delta/assembly.h"
#include "engine/delta/basis_reader.h"
#include "engine/delta/wanted.h"

namespace g5ksync::delta {

/// Where walks over blocks that are not found yet begin.
enum class FollowFrom {
  known,  // beside the copies in `known`, at found blocks and, at anchored levels, at the blocks' own offsets
  found,  // at found blocks only: after a search that found more of them
};

/// Compares blocks that are not found yet with the basis, where the copies beside them go on. Fills in `found`. Where
/// one diagonal fails again and again it is tried now and then only; at anchored levels, since what is missed here
/// costs signatures of the next level, not literals. The result does not depend on the executor.
base::Result<void> follow(const SearchTask& task, const Assembly& known, BasisReader& reader, base::Executor& executor,
                          FollowFrom from);

}  // namespace g5ksync::delta
