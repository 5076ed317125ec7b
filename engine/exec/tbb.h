// The origin's executor, on oneTBB. This and tbb.cc are the only files that know TBB.
#pragma once

#include <memory>

#include "engine/base/executor.h"

namespace g5ksync::exec {

/// Jobs run on TBB's pool, in an arena of `threads` slots (0: one for each core). Newest jobs of a thread run first,
/// so that a tree is walked depth first. The destructor waits for all jobs.
std::unique_ptr<base::Executor> make_tbb_executor(int threads);

}  // namespace g5ksync::exec
