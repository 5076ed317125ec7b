#include "transport/ssh/stream.h"

#include <csignal>

#include <algorithm>
#include <array>
#include <string_view>

#include "transport/ssh/connection.h"

namespace g5ksync::transport {
namespace {

constexpr unsigned kWindow = 2 << 20;  // enough for a LAN; more makes a fast one slower
constexpr std::size_t kOutbox = 256 * 1024;
constexpr std::size_t kPacket = 32000;  // libssh2_channel_write() takes at most 32700 at a time

/// RFC 4254, 6.10 names signals without SIG.
int signal_number(std::string_view name) {
  constexpr std::pair<std::string_view, int> kSignals[] = {
      {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"FPE", SIGFPE},   {"HUP", SIGHUP},   {"ILL", SIGILL},
      {"INT", SIGINT},   {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},
      {"TERM", SIGTERM}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};
  for (const auto& [known, number] : kSignals)
    if (known == name) return number;
  return 127;  // some other signal
}

}  // namespace

SshStream::SshStream(std::shared_ptr<SshConnection> connection, StreamTarget target)
    : connection_(std::move(connection)), target_(std::move(target)), wanted_(connection_->now()) {
  connection_->attach(*this);
}

SshStream::~SshStream() { connection_->detach(*this, channel_); }

base::Nanos SshStream::deadline(base::Nanos timeout) const {
  if (state_ != State::opening || target_.kind == StreamTarget::Kind::forward) return base::Nanos::max();
  return std::max(wanted_, connection_->ready_since()) + timeout;
}

void SshStream::on_opened(LIBSSH2_CHANNEL* channel) {
  channel_ = channel;
  if (target_.kind == StreamTarget::Kind::forward) {
    running_ = true;
    state_ = State::open;
  }
}

void SshStream::on_refused(base::Error error) {
  refused_ = true;
  fail(std::move(error));
}

void SshStream::fail(base::Error error) {
  state_ = State::failed;
  error_ = std::move(error);
}

void SshStream::on_connection_lost() {
  const bool all_known = state_ == State::ended && (exit_status_ || target_.kind == StreamTarget::Kind::forward);
  const bool more_to_read = state_ == State::open && channel_ != nullptr && libssh2_poll_channel_read(channel_, 0) == 1;
  if (state_ != State::failed && !all_known && !more_to_read) fail(connection_->error());
}

bool SshStream::start_command() {
  const std::string& command = target_.command;
  const int rc =
      libssh2_channel_process_startup(channel_, "exec", 4, command.data(), static_cast<unsigned>(command.size()));
  if (rc == LIBSSH2_ERROR_EAGAIN) return false;
  if (rc == 0) {
    running_ = true;
    state_ = State::open;
  } else {
    fail(connection_->session()->error(base::ErrorKind::connection, "the host does not run the command"));
  }
  return true;
}

/// libssh2 1.10 widens the window by itself in every read, and when the packet for that has to wait (keys are being
/// exchanged) and another read of another size takes it up again, it sends the first number and counts the second: it
/// then drops, without a word, what it thinks is too much. So the window is kept wide enough here that it never does.
void SshStream::keep_window() {
  if (adjusting_ == 0) {
    const unsigned long window = libssh2_channel_window_read_ex(channel_, nullptr, nullptr);
    if (window > kWindow / 4 * 3) return;
    adjusting_ = kWindow - static_cast<unsigned>(window);
  }
  const int rc = libssh2_channel_receive_window_adjust2(channel_, adjusting_, 1, nullptr);
  if (rc != LIBSSH2_ERROR_EAGAIN) adjusting_ = 0;
}

/// The largest read that does not make libssh2 widen the window: it compares with 3/4 of the first window + the size.
std::size_t SshStream::safe_read_size() const {
  const unsigned long window = libssh2_channel_window_read_ex(channel_, nullptr, nullptr);
  return window > kFirstWindow ? window - kFirstWindow : 0;
}

std::size_t SshStream::read(std::span<std::byte> into) {
  if (state_ != State::open || into.empty()) return 0;
  keep_window();
  into = into.first(std::min(into.size(), safe_read_size()));
  if (into.empty()) return 0;
  const ssize_t count = libssh2_channel_read_ex(channel_, 0, reinterpret_cast<char*>(into.data()), into.size());
  if (count > 0) return static_cast<std::size_t>(count);
  if (count == 0 && libssh2_channel_eof(channel_) == 1) {
    state_ = State::ended;
    return 0;
  }
  if (count < 0 && count != LIBSSH2_ERROR_EAGAIN) connection_->on_session_error("connection lost");
  if (connection_->is_failed() && state_ == State::open) fail(connection_->error());
  return 0;
}

std::size_t SshStream::send_some(std::span<const std::byte> from) {
  SshSession& session = *connection_->session();
  if (!stuck_ && libssh2_channel_window_write_ex(channel_, nullptr) == 0) {
    // The call below would look for a window adjustment; draining standard error has done so.
    return 0;
  }
  const ssize_t count =
      libssh2_channel_write_ex(channel_, 0, reinterpret_cast<const char*>(from.data()), std::min(from.size(), kPacket));
  stuck_ = count == LIBSSH2_ERROR_EAGAIN;
  if (count > 0) return static_cast<std::size_t>(count);
  if (count < 0 && count != LIBSSH2_ERROR_EAGAIN && !session.lost()) connection_->on_session_error("connection lost");
  return 0;
}

std::size_t SshStream::write(std::span<const std::byte> from) {
  if (state_ != State::open || eof_wanted_ || closed_ || connection_->is_failed()) return 0;
  std::size_t taken = 0;
  while (outbox_.empty() && taken < from.size() && !stuck_) {
    SshSession& session = *connection_->session();
    if (!session.has_room() && (!session.flush() || !session.has_room())) break;
    const std::size_t count = send_some(from.subspan(taken));
    taken += count;
    if (count == 0) break;
  }
  const std::size_t room = kOutbox - (outbox_.size() - outbox_begin_);
  const std::size_t kept = std::min(room, from.size() - taken);
  const auto rest = from.subspan(taken, kept);
  outbox_.insert(outbox_.end(), rest.begin(), rest.end());
  return taken + kept;
}

std::size_t SshStream::unsent() const {
  const SshSession* session = connection_->session();
  return queued() + (session == nullptr ? 0 : session->unsent());
}

bool SshStream::send_outbox() {
  bool moved = false;
  while (outbox_begin_ < outbox_.size() && (stuck_ || connection_->session()->has_room())) {
    const std::size_t count = send_some(std::span(outbox_).subspan(outbox_begin_));
    if (count == 0) break;
    outbox_begin_ += count;
    moved = true;
  }
  if (outbox_begin_ == outbox_.size() || closed_) {
    outbox_.clear();
    outbox_begin_ = 0;
  }
  return moved;
}

bool SshStream::send_eof() {
  if (!eof_wanted_ || eof_sent_ || !outbox_.empty() || closed_) return false;
  const int rc = libssh2_channel_send_eof(channel_);
  if (rc == LIBSSH2_ERROR_EAGAIN) return false;
  return eof_sent_ = true;
}

bool SshStream::drain_stderr() {
  // Reads the whole connection, too: this is what keeps windows and keepalive answers coming.
  std::array<char, 16 * 1024> some;
  bool moved = false;
  for (;;) {
    keep_window();
    if (safe_read_size() < some.size()) return moved;
    const ssize_t count = libssh2_channel_read_ex(channel_, SSH_EXTENDED_DATA_STDERR, some.data(), some.size());
    if (count <= 0) {
      if (count < 0 && count != LIBSSH2_ERROR_EAGAIN) connection_->on_session_error("connection lost");
      return moved;
    }
    stderr_.append({some.data(), static_cast<std::size_t>(count)});
    moved = true;
  }
}

bool SshStream::note_end() {
  if (libssh2_channel_eof(channel_) != 1) return false;
  const bool moved = state_ == State::open;
  state_ = State::ended;
  if (!closed_ && libssh2_channel_wait_closed(channel_) == 0) {
    closed_ = true;
    note_exit();
    return true;
  }
  return moved;
}

void SshStream::note_exit() {
  if (target_.kind != StreamTarget::Kind::exec) return;
  char* signal = nullptr;
  std::size_t size = 0;
  libssh2_channel_get_exit_signal(channel_, &signal, &size, nullptr, nullptr, nullptr, nullptr);
  exit_status_ = signal == nullptr ? libssh2_channel_get_exit_status(channel_) : 128 + signal_number({signal, size});
  if (signal != nullptr) libssh2_free(connection_->session()->handle(), signal);
}

bool SshStream::pump() {
  if (channel_ == nullptr || state_ == State::failed) return false;
  if (!running_) return start_command();
  bool moved = drain_stderr();
  if (connection_->is_failed()) return true;
  moved |= send_outbox();
  moved |= send_eof();
  moved |= note_end();
  return moved;
}

}  // namespace g5ksync::transport
