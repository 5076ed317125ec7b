// A loop spread over an executor.
#pragma once

#include <cstddef>
#include <functional>

#include "engine/base/executor.h"

namespace g5ksync::delta {

/// Calls body(0) … body(count - 1), in any order and at once, and returns when all have returned. The calling thread
/// takes part, so it may itself be a job, and helpers that never start are not waited for.
void for_each_task(base::Executor& executor, std::size_t count, const std::function<void(std::size_t)>& body);

}  // namespace g5ksync::delta
