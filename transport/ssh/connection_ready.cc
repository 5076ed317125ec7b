// A connection that stands: opening and closing its channels, keepalive.
#include <algorithm>

#include "transport/ssh/connection.h"
#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport {
namespace {

// libssh2 opens one channel of a session at a time, and a gateway may try for minutes to reach a dead host. So an
// opening that takes long gives way to the others and is tried again after them, with twice the patience.
constexpr base::Nanos kLeastPatience = std::chrono::milliseconds(200);
constexpr base::Nanos kMostPatience = std::chrono::seconds(20);
constexpr base::Nanos kKeepalive = std::chrono::seconds(15);
constexpr base::Nanos kDeadAfter = std::chrono::seconds(45);
constexpr base::Nanos kPause = std::chrono::seconds(5);  // between pumps: the caller was busy, not the peer silent
constexpr unsigned kPacketSize = 32768;

/// RFC 4254, 7.2. Own code, since libssh2_channel_direct_tcpip_ex() leaves no choice of the window.
std::string forward_request(const StreamTarget& target) {
  std::string request;
  put_string(request, target.host);
  put_u32(request, static_cast<std::uint32_t>(target.port));
  put_string(request, "127.0.0.1");  // where the connection is said to come from
  put_u32(request, 0);
  return request;
}

std::string where(const StreamTarget& target) { return target.host + " port " + std::to_string(target.port); }

}  // namespace

void SshConnection::attach(SshStream& stream) {
  streams_.push_back(&stream);
  if (phase_ == Phase::failed) {
    stream.on_connection_lost();
    return;
  }
  openings_.push_back({&stream, stream.target(), kLeastPatience});
}

void SshConnection::detach(SshStream& stream, LIBSSH2_CHANNEL* channel) {
  streams_.remove(&stream);
  for (Opening& opening : openings_)
    if (opening.stream == &stream) opening.stream = nullptr;
  if (channel != nullptr && session_) closing_.push_back(channel);
}

LIBSSH2_CHANNEL* SshConnection::open(const StreamTarget& target) {
  const bool forward = target.kind == StreamTarget::Kind::forward;
  const std::string type = forward ? "direct-tcpip" : "session", request = forward ? forward_request(target) : "";
  return libssh2_channel_open_ex(session_->handle(), type.data(), static_cast<unsigned>(type.size()),
                                 SshStream::kFirstWindow, kPacketSize, request.data(),
                                 static_cast<unsigned>(request.size()));
}

bool SshConnection::open_next() {
  while (!openings_.empty() && openings_.front().stream == nullptr && openings_.front().begun == base::Nanos::zero())
    openings_.pop_front();
  if (openings_.empty()) return false;
  Opening& opening = openings_.front();
  const base::Nanos moment = now();
  if (opening.begun == base::Nanos::zero()) opening.begun = moment;
  LIBSSH2_CHANNEL* channel = open(opening.target);
  if (channel == nullptr && libssh2_session_last_errno(session_->handle()) == LIBSSH2_ERROR_EAGAIN) return give_way();
  const Opening over = opening;
  openings_.pop_front();
  if (channel == nullptr) return refuse(over);
  fastest_open_ = std::min(fastest_open_, moment - over.begun);
  if (over.stream != nullptr)
    over.stream->on_opened(channel);
  else
    closing_.push_back(channel);
  return true;
}

bool SshConnection::give_way() {
  Opening& front = openings_.front();
  const base::Nanos waited = now() - front.begun;
  const base::Nanos usual = fastest_open_ == base::Nanos::max() ? base::Nanos::zero() : 3 * fastest_open_;
  const bool others = openings_.size() > 1;
  if (front.stream != nullptr && (!others || waited < std::max(front.patience, usual))) return false;
  if (!session_->abandon_wait([&] { open(front.target); })) return false;
  Opening later = front;
  openings_.pop_front();
  if (later.stream != nullptr) {
    later.begun = base::Nanos::zero();
    later.patience = std::min(2 * later.patience, kMostPatience);
    openings_.push_back(later);
  }
  return true;
}

bool SshConnection::refuse(Opening opening) {
  if (session_->lost()) {
    on_session_error("connection lost");
    return true;
  }
  if (opening.stream == nullptr) return true;
  std::string what = "the host opens no session for the command (see MaxSessions in its sshd_config)";
  if (opening.target.kind == StreamTarget::Kind::forward)
    what = "the gateway cannot reach " + where(opening.target) + ", or may not forward there";
  opening.stream->on_refused(session_->error(base::ErrorKind::connection, what));
  return true;
}

bool SshConnection::close_channels() {
  const std::size_t before = closing_.size();
  std::erase_if(closing_,
                [](LIBSSH2_CHANNEL* channel) { return libssh2_channel_free(channel) != LIBSSH2_ERROR_EAGAIN; });
  return closing_.size() != before;
}

void SshConnection::watch_peer() {
  const base::Nanos moment = now();
  if (moment - last_pump_ > kPause) heard_ = moment;
  last_pump_ = moment;
  heard_ = std::max(heard_, session_->last_received());
  if (moment >= next_keepalive_) {
    session_->keep_alive();
    next_keepalive_ = moment + kKeepalive;
  }
  if (session_->lost())
    on_session_error("connection lost");
  else if (!streams_.empty() && moment - heard_ > kDeadAfter)
    fail({base::ErrorKind::connection, 0, "connection lost: nothing heard for 45 s"});
}

bool SshConnection::pump_ready() {
  const std::uint64_t received = session_->received();
  bool moved = open_next();
  moved |= close_channels();
  // Another one goes first each time: room to send is shared out in this order.
  if (streams_.size() > 1) streams_.splice(streams_.end(), streams_, streams_.begin());
  const std::list<SshStream*> streams = streams_;
  for (SshStream* stream : streams) {
    if (phase_ == Phase::ready && stream->pump()) moved = true;
    if (phase_ == Phase::ready && now() >= stream->deadline(connect_timeout())) {
      stream->give_up(timed_out());
      moved = true;
    }
  }
  if (phase_ == Phase::ready) watch_peer();
  return moved || session_->received() != received || phase_ == Phase::failed;
}

base::Nanos SshConnection::next_deadline() const {
  base::Nanos next = base::Nanos::max();
  if (phase_ == Phase::failed) return next;
  if (phase_ < Phase::ready) {
    if (begun_) next = *begun_ + connect_timeout();
    if (phase_ == Phase::waiting_for_slot && retry_at_ > now()) next = std::min(next, retry_at_);
    if (phase_ == Phase::handshake && slot_) next = std::min(next, slot_.taken() + kLeastPatience * 10);
  } else {
    next = next_keepalive_;
    for (const SshStream* stream : streams_) next = std::min(next, stream->deadline(connect_timeout()));
    if (openings_.size() > 1) next = std::min(next, now() + kLeastPatience / 4);
  }
  if (tcp_) next = std::min(next, tcp_->next_deadline() - context_->prompter.waited());
  return context_->clock.for_loop(next);
}

}  // namespace g5ksync::transport
