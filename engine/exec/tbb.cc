#include "engine/exec/tbb.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <utility>

namespace g5ksync::exec {
namespace {

class TbbExecutor final : public base::Executor {
 public:
  explicit TbbExecutor(int threads)
      : threads_(threads > 0 ? threads : tbb::info::default_concurrency()),
        // One slot more than the cores: the arena's master slot is taken only by a thread in wait_idle().
        limit_(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads_) + 1),
        arena_(threads_ + 1, 1) {}
  ~TbbExecutor() noexcept override { TbbExecutor::wait_idle(); }

  void submit(std::function<void()> job) override {
    auto run = [this, job = std::move(job)] {
      const Inside inside(this);
      job();
    };
    if (running_in == this)
      jobs_.run(std::move(run));  // on top of this thread's own stack of tasks: depth first
    else
      arena_.enqueue(jobs_.defer(std::move(run)));
  }
  int concurrency() const override { return threads_; }
  void wait_idle() override {
    arena_.execute([this] { jobs_.wait(); });
  }

 private:
  /// Marks this thread as running one of this executor's jobs.
  struct Inside {
    explicit Inside(const TbbExecutor* now) : before(std::exchange(running_in, now)) {}
    ~Inside() { running_in = before; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    const TbbExecutor* before;
  };
  static thread_local const TbbExecutor* running_in;

  int threads_;
  tbb::global_control limit_;
  tbb::task_arena arena_;
  tbb::task_group jobs_;
};

thread_local const TbbExecutor* TbbExecutor::running_in = nullptr;

}  // namespace

std::unique_ptr<base::Executor> make_tbb_executor(int threads) { return std::make_unique<TbbExecutor>(threads); }

}  // namespace g5ksync::exec
