// An executor without threads, for deterministic tests: jobs wait in a queue and run in order on the caller's thread.
#pragma once

#include <list>

#include "engine/base/executor.h"

namespace g5ksync::exec {

class InlineExecutor final : public base::Executor {
 public:
  void submit(std::function<void()> job) override { queue_.push_back(std::move(job)); }
  int concurrency() const override { return 1; }
  void wait_idle() override {
    while (run_one()) {
    }
  }
  /// Runs the oldest job; false if there is none.
  bool run_one() {
    if (queue_.empty()) return false;
    std::function<void()> job = std::move(queue_.front());
    queue_.pop_front();
    job();
    return true;
  }

 private:
  std::list<std::function<void()>> queue_;  // takes no memory while it is empty
};

}  // namespace g5ksync::exec
