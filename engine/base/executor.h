// The executor seam: where work runs. Implementations are in engine/exec: tbb (origin), threads (the static agent,
// tsan runs) and inline (deterministic tests).
#pragma once

#include <functional>

namespace g5ksync::base {

class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs `job` once, some time, on some thread; may be called from inside a job. A job must not throw and must
  /// not block on another job.
  virtual void submit(std::function<void()> job) = 0;
  /// How many jobs may run at once (at least 1).
  virtual int concurrency() const = 0;
  /// Returns when every job submitted so far, and every job those submitted, has run. Not from inside a job.
  virtual void wait_idle() = 0;
};

}  // namespace g5ksync::base
