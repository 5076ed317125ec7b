// An executor on std::thread: the agent's, since a static program cannot hold oneTBB; also used under tsan.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/executor.h"

namespace g5ksync::exec {

/// `threads` workers over one queue; jobs start in the order submitted. The destructor runs what is queued, then joins.
class ThreadExecutor final : public base::Executor {
 public:
  explicit ThreadExecutor(int threads);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void submit(std::function<void()> job) override;
  int concurrency() const override { return static_cast<int>(workers_.size()); }
  void wait_idle() override;

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable idle_;
  std::deque<std::function<void()>> queue_;
  int running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace g5ksync::exec
