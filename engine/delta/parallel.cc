#include "engine/delta/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace g5ksync::delta {
namespace {

/// Outlives the loop, for helpers that come late; those find no task left, and never touch `body`.
struct Loop {
  Loop(const std::function<void(std::size_t)>& what, std::size_t times) : body(what), count(times) {}
  const std::function<void(std::size_t)>& body;
  const std::size_t count;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable all_done;
  std::size_t done = 0;

  void work() {
    std::size_t finished = 0;
    for (;;) {
      const std::size_t task = next.fetch_add(1);
      if (task >= count) break;
      body(task);
      ++finished;
    }
    const std::scoped_lock lock(mutex);
    done += finished;
    if (done == count) all_done.notify_all();
  }
};

}  // namespace

void for_each_task(base::Executor& executor, std::size_t count, const std::function<void(std::size_t)>& body) {
  const auto helpers = std::min(static_cast<std::size_t>(executor.concurrency()), count);
  if (helpers <= 1) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  const auto loop = std::make_shared<Loop>(body, count);
  for (std::size_t i = 1; i < helpers; ++i) executor.submit([loop] { loop->work(); });
  loop->work();
  std::unique_lock lock(loop->mutex);
  loop->all_done.wait(lock, [&] { return loop->done == count; });
}

}  // namespace g5ksync::delta
