// What every Executor must do.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/exec/inline.h"
#include "engine/exec/threads.h"
#ifdef G5KSYNC_TEST_TBB
#include "engine/exec/tbb.h"
#endif

using namespace g5ksync;

namespace {

struct Implementation {
  std::string name;
  std::unique_ptr<base::Executor> (*make)();
};

const std::vector<Implementation>& with_threads() {
  static const std::vector<Implementation> all{
      {"one thread", []() -> std::unique_ptr<base::Executor> { return std::make_unique<exec::ThreadExecutor>(1); }},
      {"three threads", []() -> std::unique_ptr<base::Executor> { return std::make_unique<exec::ThreadExecutor>(3); }},
#ifdef G5KSYNC_TEST_TBB
      {"tbb, one thread", [] { return exec::make_tbb_executor(1); }},
      {"tbb, three threads", [] { return exec::make_tbb_executor(3); }},
      {"tbb, a thread for each core", [] { return exec::make_tbb_executor(0); }},
#endif
  };
  return all;
}

const std::vector<Implementation>& all_of_them() {
  static const std::vector<Implementation> all = [] {
    std::vector<Implementation> some = with_threads();
    some.push_back(
        {"inline", []() -> std::unique_ptr<base::Executor> { return std::make_unique<exec::InlineExecutor>(); }});
    return some;
  }();
  return all;
}

const Implementation& any(const std::vector<Implementation>& all) {
  const std::size_t index = GENERATE_COPY(range(std::size_t{0}, all.size()));
  UNSCOPED_INFO("executor: " << all[index].name);
  return all[index];
}

/// Submits two jobs from each job until `depth` is used up: 2^(depth+1) - 1 jobs in all.
void fan(base::Executor& executor, std::atomic<int>& ran, int depth) {
  ran.fetch_add(1);
  if (depth == 0) return;
  for (int i = 0; i < 2; ++i) executor.submit([&executor, &ran, depth] { fan(executor, ran, depth - 1); });
}

}  // namespace

TEST_CASE("every job runs once") {
  const auto executor = any(all_of_them()).make();
  CHECK(executor->concurrency() >= 1);
  std::vector<std::atomic<int>> ran(10000);
  for (auto& count : ran) executor->submit([&count] { count.fetch_add(1); });
  executor->wait_idle();
  for (const auto& count : ran) REQUIRE(count.load() == 1);
}

TEST_CASE("wait_idle waits for the jobs of jobs too, as often as asked") {
  const auto executor = any(all_of_them()).make();
  executor->wait_idle();
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> ran{0};
    executor->submit([&] { fan(*executor, ran, 9); });
    executor->wait_idle();
    REQUIRE(ran.load() == 1023);
  }
}

TEST_CASE("what a job holds is released before wait_idle returns") {
  const auto executor = any(all_of_them()).make();
  const auto held = std::make_shared<int>(1);
  for (int i = 0; i < 100; ++i) executor->submit([held] { (void)*held; });
  executor->wait_idle();
  CHECK(held.use_count() == 1);
}

TEST_CASE("a long chain of jobs needs no stack") {
  const auto executor = any(all_of_them()).make();
  std::atomic<int> left{100000};
  std::function<void()> step = [&] {
    if (left.fetch_sub(1) > 1) executor->submit(step);
  };
  executor->submit(step);
  executor->wait_idle();
  CHECK(left.load() == 0);
}

TEST_CASE("jobs may be submitted from many threads") {
  const auto executor = any(with_threads()).make();
  std::atomic<int> ran{0};
  {
    std::vector<std::jthread> submitters;
    for (int i = 0; i < 4; ++i) {
      submitters.emplace_back([&] {
        for (int job = 0; job < 1000; ++job) executor->submit([&ran] { ran.fetch_add(1); });
      });
    }
  }
  executor->wait_idle();
  CHECK(ran.load() == 4000);
}

TEST_CASE("jobs start without anybody waiting for them") {
  const auto executor = any(with_threads()).make();
  std::atomic<bool> ran{false};
  executor->submit([&] { ran = true; });
  for (int i = 0; i < 1000 && !ran.load(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(ran.load());
}

TEST_CASE("as many jobs run at once as concurrency says") {
  const auto executor = any(with_threads()).make();
  const int wanted = executor->concurrency();
  std::atomic<int> together{0}, most{0};
  for (int i = 0; i < wanted; ++i) {
    executor->submit([&] {
      const int now = together.fetch_add(1) + 1;
      for (int seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      for (int tick = 0; tick < 1000 && most.load() < wanted; ++tick)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      together.fetch_sub(1);
    });
  }
  // No wait_idle() here: the waiting thread may take a job too, and would hide a missing one.
  for (int tick = 0; tick < 1000 && most.load() < wanted; ++tick)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(most.load() == wanted);
  executor->wait_idle();
}

TEST_CASE("the destructor runs what was submitted") {
  std::atomic<int> ran{0};
  {
    const auto executor = any(with_threads()).make();
    for (int i = 0; i < 1000; ++i) executor->submit([&ran] { ran.fetch_add(1); });
    executor->submit([&ran, at = executor.get()] { fan(*at, ran, 5); });
  }
  CHECK(ran.load() == 1063);
}

TEST_CASE("executors live side by side and one after another") {
  const Implementation& implementation = any(with_threads());
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> ran{0};
    const auto one = implementation.make();
    const auto other = implementation.make();
    one->submit([&] { other->submit([&] { ran.fetch_add(1); }); });
    one->wait_idle();
    other->wait_idle();
    REQUIRE(ran.load() == 1);
  }
}
