// Reaching one host: configuration, gateway, TCP, SSH handshake, host key, login; then its channels.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/ssh/auth.h"
#include "transport/ssh/context.h"
#include "transport/ssh/session.h"
#include "transport/ssh/stream.h"
#include "transport/ssh/tcp_connect.h"

namespace g5ksync::transport {

/// Lives as long as one of its streams; a connection behind a gateway holds a stream of the gateway's connection. It
/// does not come back once it has failed.
class SshConnection final : private Driver, public std::enable_shared_from_this<SshConnection> {
 public:
  /// The connection in use for these words (for `ssh -G`), or a new one.
  static std::shared_ptr<SshConnection> to(const std::shared_ptr<SshContext>& context,
                                           const std::vector<std::string>& words, int depth = 0);
  /// A new one that nobody else will share.
  static std::shared_ptr<SshConnection> private_to(const std::shared_ptr<SshContext>& context,
                                                   const std::vector<std::string>& words);
  ~SshConnection() override;
  SshConnection(const SshConnection&) = delete;
  SshConnection& operator=(const SshConnection&) = delete;

  bool is_ready() const { return phase_ == Phase::ready; }
  bool is_failed() const { return phase_ == Phase::failed; }
  const base::Error& error() const { return error_; }
  std::string phase() const;
  std::size_t streams() const { return streams_.size(); }
  /// Of the clock that all deadlines refer to.
  base::Nanos now() const { return context_->clock.now(); }
  base::Nanos ready_since() const { return ready_since_; }

  // For its streams:
  void attach(SshStream& stream);
  /// `channel` (may be null) is closed in the background.
  void detach(SshStream& stream, LIBSSH2_CHANNEL* channel);
  /// Null before the connection stands; stays after it has failed, so that the rest can be read.
  SshSession* session() const { return session_.get(); }
  void on_session_error(const std::string& what);

 private:
  enum class Phase { resolving, waiting_for_gateway, waiting_for_slot, connecting, handshake, login, ready, failed };
  /// A channel that is being opened, or waits for that. Without a stream: nobody wants it any more.
  struct Opening {
    SshStream* stream;
    StreamTarget target;
    base::Nanos patience;
    base::Nanos begun{0};
  };

  SshConnection(std::shared_ptr<SshContext> context, std::vector<std::string> words, int depth);

  void wait_for(std::vector<pollfd>& fds) const override;
  base::Nanos next_deadline() const override;
  bool pump() override;

  // connection.cc: one step each; true if it led on.
  bool step();
  bool resolve();
  bool await_gateway();
  bool await_slot();
  bool connect();
  bool connect_directly();
  bool connect_through_gateway();
  bool start_session(std::unique_ptr<Wire> wire);
  bool shake_hands();
  bool log_in();
  bool retry_later(const base::Error& why);
  bool check_deadline();
  base::Error timed_out() const;
  bool fail(base::Error error);
  std::string slot_place() const;
  base::Nanos connect_timeout() const;

  // connection_ready.cc
  bool pump_ready();
  bool open_next();
  LIBSSH2_CHANNEL* open(const StreamTarget& target);
  bool refuse(Opening opening);
  bool give_way();
  bool close_channels();
  void watch_peer();

  const std::shared_ptr<SshContext> context_;
  const std::vector<std::string> words_;
  const int depth_;  // gateways on top of each other
  Phase phase_ = Phase::resolving;
  base::Error error_;
  std::shared_ptr<const Lookup> lookup_;
  HostConfig config_;
  Route route_;

  std::shared_ptr<SshConnection> gateway_;
  HandshakeSlots::Slot slot_;
  std::unique_ptr<TcpConnect> tcp_;
  std::unique_ptr<SshStream> forward_;
  std::unique_ptr<SshSession> session_;
  std::unique_ptr<Login> login_;
  int attempt_ = 1;
  base::Nanos retry_at_{0};
  std::optional<base::Nanos> begun_;  // the first byte of the first attempt

  std::list<SshStream*> streams_;
  std::deque<Opening> openings_;
  std::vector<LIBSSH2_CHANNEL*> closing_;
  base::Nanos fastest_open_ = base::Nanos::max();
  base::Nanos ready_since_{0}, next_keepalive_{0}, last_pump_{0}, heard_{0};
};

}  // namespace g5ksync::transport
