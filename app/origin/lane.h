// One thread, its poll loop, and the hosts that it serves: everything of an SSH connection happens on one thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "app/origin/host_run.h"
#include "engine/base/clock.h"
#include "transport/loop.h"

namespace g5ksync::app {

struct LaneHost {
  std::size_t index = 0;  // in the run
  std::string name, ssh_name;
};

class Lane {
 public:
  using MakeDialer = std::function<std::unique_ptr<transport::Dialer>(transport::Loop&)>;

  /// `on_over` is called once, on the lane's thread, when over() has become true.
  Lane(RunContext& context, std::vector<LaneHost> hosts, MakeDialer make_dialer, std::function<void()> on_over);
  /// Stops what still runs, and joins.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Any thread.
  /// There may be something new to send.
  void wake() noexcept { loop_.wake(); }
  /// Every host that is not over is told to stop.
  void stop(const base::Error& why);
  bool over() const { return over_; }
  /// Copies the hosts' states to their places in `all`, and adds what they reported since the last call.
  void collect(std::vector<HostStatus>& all, std::vector<HostReport>& reports);

 private:
  struct Delivery {
    std::size_t host;
    std::uint32_t number;
    base::Result<AnswerStore::Packed> answer;
  };
  void run();
  bool turn();
  void deliver();
  void publish_status();

  RunContext& context_;
  const std::vector<LaneHost> hosts_;
  const MakeDialer make_dialer_;
  const std::function<void()> on_over_;
  base::SystemClock clock_;
  transport::Loop loop_;
  std::vector<std::unique_ptr<HostRun>> runs_;

  std::mutex mutex_;
  std::vector<Delivery> deliveries_;
  std::vector<HostStatus> states_;
  std::vector<HostReport> reports_;
  std::optional<base::Error> stop_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace g5ksync::app
