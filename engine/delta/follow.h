// Search along diagonals: a block most likely lies where the copies beside it go on.
#pragma once

#include "engine/base/executor.h"
#include "engine/delta/assembly.h"
#include "engine/delta/basis_reader.h"
#include "engine/delta/wanted.h"

namespace g5ksync::delta {

/// Compares each block not found yet with the basis on the diagonals of its neighbours (those in `known`, and found
/// blocks) and, at anchored levels, at its own offset. Fills in `found`. The result does not depend on the executor.
base::Result<void> follow(const SearchTask& task, const Assembly& known, BasisReader& reader, base::Executor& executor);

}  // namespace g5ksync::delta
