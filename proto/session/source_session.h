// The source's half of the conversation with one replica: handshake, log, requests, answers, end.
//
// Sans-I/O: frames come in by receive(), bytes go out of out(); what must be read and packed is asked for by
// next_ask() and comes back by answer(). Not thread-safe; each session belongs to its host's thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/clock.h"
#include "proto/session/out_queue.h"
#include "proto/session/publication.h"

namespace g5ksync::proto {

/// An answer as it travels: packed once, shared by all who asked the same.
struct PackedAnswer {
  std::uint32_t raw_length = 0;
  bool zstd = false;
  base::Bytes payload;
};

class SourceSession {
 public:
  enum class State {
    greeting,  // waits for Hello
    starting,  // Start was sent; waits for Ready
    running,
    finished,  // Finish was received, Goodbye is queued
    over,      // the replica said Goodbye: failure() says why
  };
  struct Ask {
    std::uint32_t number = 0;
    Request request;
  };

  /// `start` holds what this run is; version and capabilities are filled in from the replica's Hello.
  SourceSession(Publication& publication, Start start);

  /// An error means that the peer broke the protocol: the session is useless.
  base::Result<void> receive(const Frame& frame);
  /// Queues what may be sent now: log within its credit, a heartbeat when nothing was queued for a while.
  void produce(base::Nanos now);
  OutQueue& out() { return out_; }

  /// The next request to serve, in the order received; nothing while enough is on its way, or while the next one asks
  /// for listings and the scan goes on. Every ask is answered
  /// once, in any order.
  std::optional<Ask> next_ask();
  void answer(std::uint32_t number, std::shared_ptr<const PackedAnswer> answer);

  /// Queues a farewell before the end of the run; nothing else will follow it.
  void stop(const Goodbye& why);

  State state() const { return state_; }
  const Hello& hello() const { return hello_; }
  const std::optional<Ready>& ready() const { return ready_; }
  const Counters& counters() const { return counters_; }
  const std::optional<Finish>& finish() const { return finish_; }
  /// State::over: the replica's words.
  const base::Error& failure() const { return failure_; }
  std::vector<Report> take_reports() { return std::exchange(reports_, {}); }

 private:
  base::Result<void> on_hello(base::ByteView payload);
  base::Result<void> on_ready(base::ByteView payload);
  base::Result<void> on_credit(base::ByteView payload);
  base::Result<void> on_request(const Frame& frame);
  base::Result<void> on_finish(base::ByteView payload);
  base::Result<void> on_goodbye(base::ByteView payload);
  base::Result<void> dispatch(const Frame& frame);
  void grant_requests();
  void send_control(FrameType type, base::Bytes payload);
  void send_log();
  void queue(FrameType type, const std::shared_ptr<const LogFrame>& frame);
  bool must_wait(const Request& request) const;

  Publication& publication_;
  Start start_;
  State state_ = State::greeting;
  Hello hello_;
  std::optional<Ready> ready_;
  Counters counters_;
  std::optional<Finish> finish_;
  base::Error failure_;
  std::vector<Report> reports_;
  OutQueue out_;

  std::uint64_t log_sent_ = 0, log_limit_ = 0;
  std::uint64_t listings_sent_ = 0, listings_limit_ = 0;
  std::uint32_t requests_received_ = 0, requests_granted_ = 0, requests_answered_ = 0;
  std::deque<Ask> waiting_;
  std::size_t asked_ = 0;  // being served now
  base::Nanos last_queued_{0};
  std::size_t reports_seen_ = 0;
};

}  // namespace g5ksync::proto
