// One host of a run, from the first connection to its outcome.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/status.h"
#include "app/deploy/deploy.h"
#include "app/origin/answer_store.h"
#include "proto/session/source_session.h"
#include "transport/channel.h"
#include "transport/dialer.h"

namespace g5ksync::app {

/// What one host reported of one entry.
struct HostReport {
  std::size_t host = 0;  // its index in the run
  proto::Report report;
};

/// What every host of a run shares. Referred to, not owned; all of it may be used from any thread.
struct RunContext {
  proto::Publication& publication;
  AnswerStore& answers;
  proto::Start start;  // as for every host, but for the run id
  base::Nanos silence_limit;
};

/// Lives on its lane's thread, but for status().
class HostRun {
 public:
  /// `hand_over(number, answer)` brings an answer that became ready, on any thread, back to take_answer() on this one.
  using HandOver = std::function<void(std::uint32_t number, base::Result<AnswerStore::Packed> answer)>;
  HostRun(RunContext& context, std::string name, std::string nonce, HandOver hand_over);

  /// Begins to reach the host.
  void start(transport::Dialer& dialer, const std::string& ssh_name, base::Nanos now);
  /// Moves everything as far as it goes. Gives true if anything moved.
  bool turn(base::Nanos now);
  void take_answer(std::uint32_t number, base::Result<AnswerStore::Packed> answer);
  /// Tells the host to stop and clean up; it is over once that is sent, or after a short while.
  void stop(const base::Error& why, base::Nanos now);

  /// Nothing more will happen here; the connection is closed.
  bool over() const { return stage_ == Stage::over; }
  const HostStatus& status() const { return status_; }
  std::vector<proto::Report> take_reports() { return session_.take_reports(); }

 private:
  enum class Stage { waiting, dialling, deploying, talking, leaving, over };

  void fail(base::Error error, base::Nanos now);
  void leave(base::Nanos now);
  bool dial();
  bool read(base::Nanos now);
  base::Result<void> take(base::ByteView bytes);
  bool write(base::Nanos now);
  base::ByteView front();
  void consume(std::size_t count);
  void ask();
  void watch(base::Nanos now);
  void update_status();
  void on_channel_end(base::Nanos now);

  RunContext& context_;
  HandOver hand_over_;
  Deployment deployment_;
  proto::SourceSession session_;
  proto::FrameDecoder decoder_;
  std::unique_ptr<transport::Channel> channel_;
  HostStatus status_;
  Stage stage_ = Stage::waiting;
  base::Nanos started_{0}, heard_{0}, leaving_since_{0};
  std::string stderr_;
};

}  // namespace g5ksync::app
