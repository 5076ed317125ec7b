// Search everywhere: rolls the window hash over the basis and probes a table of anchors at its small values.
#pragma once

#include "engine/base/executor.h"
#include "engine/delta/assembly.h"
#include "engine/delta/basis_reader.h"
#include "engine/delta/wanted.h"

namespace g5ksync::delta {

enum class Effort {
  quick,     // not where this level or a coarser one found something already: finer levels come after
  thorough,  // there too, if much is still to be found
};

/// Looks for the blocks of `task` that are not found, then follows the diagonals of those it found. The result does not
/// depend on the executor.
base::Result<void> roll_and_follow(const SearchTask& task, const Assembly& known, BasisReader& reader,
                                   base::Executor& executor, Effort effort);

}  // namespace g5ksync::delta
