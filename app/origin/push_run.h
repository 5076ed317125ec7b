// A push: one scan, one log, one packing of each answer, all hosts at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/resolve.h"
#include "app/cli/status.h"
#include "app/origin/account_names.h"
#include "app/origin/lane.h"
#include "transport/dialer.h"

namespace g5ksync::app {

/// An itemized change on one host, for -i.
struct Change {
  std::size_t host = 0;
  std::string itemized;           // rsync's 11 characters
  std::string path, link_target;  // bytes
};

/// Started by the constructor; goes on by itself. All functions are for one thread, the one that made it.
class PushRun {
 public:
  /// `plan` and `prompter` must outlive it.
  PushRun(const PushOptions& options, const PushPlan& plan, transport::Prompter& prompter);
  /// Stops what still runs.
  ~PushRun();

  /// The scan could not even start: no host was tried.
  const std::optional<base::Error>& failure() const { return failure_; }
  bool over() const;
  /// Returns when it is over, at the latest after `at_most`. Gives over().
  bool wait(std::chrono::milliseconds at_most);
  void stop(const base::Error& why);

  /// How things stand now. What happened since the last call is added to `problems` and `changes`.
  RunStatus look(std::vector<Problem>& problems, std::vector<Change>& changes);

 private:
  void start_lanes(const PushOptions& options, transport::Prompter& prompter);
  void wake_lanes() noexcept;
  void add_problem(Problem problem);
  /// None of problems and notices.
  std::optional<Change> change_of(const HostReport& told) const;

  const PushPlan& plan_;
  const Task task_;
  base::SystemClock clock_;
  const base::Nanos started_;
  std::unique_ptr<base::Executor> executor_;
  std::mutex problems_mutex_;
  std::vector<Problem> problems_;
  std::uint64_t source_problems_ = 0;
  AccountNames names_;
  proto::Publication publication_;
  ContentReader reader_;
  AnswerStore answers_;
  RunContext context_;
  std::optional<base::Error> failure_;
  std::unique_ptr<tree::Scan> scan_;
  std::mutex over_mutex_;
  std::condition_variable lane_over_;
  std::mutex lanes_mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<HostStatus> hosts_;
  double final_seconds_ = 0;
};

}  // namespace g5ksync::app
