// One libssh2 channel of a connection: a command on the host, or a TCP connection that the host forwards.
#pragma once

#include <libssh2.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "transport/stderr_buffer.h"

namespace g5ksync::transport {

class SshConnection;

struct StreamTarget {
  enum class Kind { exec, forward };
  Kind kind = Kind::exec;
  std::string command;  // exec
  std::string host;     // forward
  int port = 0;
};

/// The connection opens it when its turn has come (libssh2 opens one channel of a session at a time) and pumps it.
class SshStream {
 public:
  enum class State { opening, open, ended, failed };

  /// What the channel is opened with; soon widened, see keep_window().
  static constexpr unsigned kFirstWindow = 64 * 1024;

  SshStream(std::shared_ptr<SshConnection> connection, StreamTarget target);
  ~SshStream();
  SshStream(const SshStream&) = delete;
  SshStream& operator=(const SshStream&) = delete;

  State state() const { return state_; }
  const base::Error& error() const { return error_; }
  /// The host refused to open it, on a connection that works.
  bool was_refused() const { return refused_; }
  const SshConnection& connection() const { return *connection_; }

  std::size_t read(std::span<std::byte> into);
  std::size_t write(std::span<const std::byte> from);
  /// Bytes that wait here, and with the ones that the connection has encrypted and not sent.
  std::size_t queued() const { return outbox_.size() - outbox_begin_; }
  std::size_t unsent() const;
  void close_write() { eof_wanted_ = true; }
  std::string take_stderr() { return stderr_.take(); }
  std::optional<int> exit_status() const { return exit_status_; }

  // For the connection:
  const StreamTarget& target() const { return target_; }
  /// The channel is there; for a command the request to run it comes next.
  void on_opened(LIBSSH2_CHANNEL* channel);
  void on_refused(base::Error error);
  /// No more will come; what libssh2 still holds can be read.
  void on_connection_lost();
  bool pump();
  /// When an opening that takes longer than `timeout` is given up; Nanos::max() once it is open.
  base::Nanos deadline(base::Nanos timeout) const;
  void give_up(base::Error error) { fail(std::move(error)); }

 private:
  bool start_command();
  bool drain_stderr();
  void keep_window();
  std::size_t safe_read_size() const;
  bool send_outbox();
  bool send_eof();
  bool note_end();
  void note_exit();
  /// Bytes sent; 0: not now. `stuck_`: the same bytes have to come again (libssh2_channel_write(3)).
  std::size_t send_some(std::span<const std::byte> from);
  void fail(base::Error error);

  std::shared_ptr<SshConnection> connection_;
  StreamTarget target_;
  State state_ = State::opening;
  base::Error error_;
  bool refused_ = false;
  base::Nanos wanted_;  // since when it could have been opened
  LIBSSH2_CHANNEL* channel_ = nullptr;
  bool running_ = false;  // the command has been started, or there is none to start
  std::vector<std::byte> outbox_;
  std::size_t outbox_begin_ = 0;
  bool stuck_ = false;
  unsigned adjusting_ = 0;  // a window adjustment that is under way
  bool eof_wanted_ = false, eof_sent_ = false, closed_ = false;
  StderrBuffer stderr_;
  std::optional<int> exit_status_;
};

}  // namespace g5ksync::transport
