// One source and several replicas in one thread, on memory channels, with real directories at both ends. Every choice
// that threads and networks make in a real run (which job runs next, which bytes move, in what cuts) is drawn from a
// seed, so that a failure can be run again.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "app/agent/disk.h"
#include "app/origin/answer_store.h"
#include "app/origin/content.h"
#include "proto/session/publication.h"
#include "proto/session/replica_session.h"
#include "proto/session/source_session.h"

namespace g5ksync::test {

/// Jobs wait until they are drawn, in any order.
class RandomExecutor final : public base::Executor {
 public:
  explicit RandomExecutor(std::mt19937_64& random) : random_(random) {}
  void submit(std::function<void()> job) override { jobs_.push_back(std::move(job)); }
  int concurrency() const override { return 4; }
  void wait_idle() override {
    while (run_one()) {
    }
  }
  bool run_one();

 private:
  std::mt19937_64& random_;
  std::vector<std::function<void()>> jobs_;
};

struct SimulatedReplica {
  std::string destination;
  bool unplugged = false;  // nothing moves to or from it any more

  std::unique_ptr<proto::SourceSession> source;
  std::unique_ptr<proto::ReplicaSession> replica;
  proto::FrameDecoder to_source, to_replica;
  std::unique_ptr<app::Destination> place;
  std::unique_ptr<app::Disk> disk;
  std::vector<proto::DiskJob> jobs;
  std::vector<proto::Report> reports;
  std::optional<base::Error> broken;  // what receive() refused

  bool over() const;
  bool finished() const { return source->finish().has_value(); }
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const std::string& source, const std::vector<std::string>& destinations,
             std::uint32_t run_flags = 0);

  /// Called before every step with its number.
  std::function<void(std::size_t)> before_step = [](std::size_t) {};
  /// Bytes of the next piece from the source to a replica may be changed here.
  std::function<void(std::size_t replica, base::Bytes& bytes)> tamper = [](std::size_t, base::Bytes&) {};

  /// A job of a replica's disk may be changed here.
  std::function<void(proto::DiskJob& job)> before_job = [](proto::DiskJob&) {};

  /// Runs until every replica is over. False if nothing can move although some are not: a deadlock.
  bool run();
  /// Where everybody is, for a failed test.
  std::string describe() const;

  SimulatedReplica& replica(std::size_t i) { return *replicas_[i]; }
  std::uint64_t packed_raw() const { return answers_.raw_bytes(); }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  bool step();
  bool move_to_replica(std::size_t i);
  bool move_to_source(std::size_t i);
  bool work(SimulatedReplica& one);
  std::size_t draw(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  std::mt19937_64 random_;
  RandomExecutor executor_;
  std::vector<tree::Source> sources_;
  tree::FilterRules rules_;
  std::vector<std::string> problems_;
  proto::Publication publication_;
  app::ContentReader reader_;
  app::AnswerStore answers_;
  std::vector<std::unique_ptr<SimulatedReplica>> replicas_;
  std::unique_ptr<tree::Scan> scan_;
};

}  // namespace g5ksync::test
