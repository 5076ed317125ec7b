#include "transport/ssh/connection.h"

#include <algorithm>

#include "transport/ssh/forwarded_wire.h"
#include "transport/ssh/host_key.h"

namespace g5ksync::transport {
namespace {

constexpr int kMaxDepth = 8;
constexpr base::Nanos kSilence = std::chrono::seconds(2);  // after which a handshake no longer holds up others
constexpr base::Nanos kFirstRetry = std::chrono::milliseconds(250);

}  // namespace

std::shared_ptr<SshConnection> SshConnection::to(const std::shared_ptr<SshContext>& context,
                                                 const std::vector<std::string>& words, int depth) {
  auto& known = context->connections[words];
  if (auto connection = known.lock(); connection && !connection->is_failed()) return connection;
  std::shared_ptr<SshConnection> made(new SshConnection(context, words, depth));
  known = made;
  return made;
}

std::shared_ptr<SshConnection> SshConnection::private_to(const std::shared_ptr<SshContext>& context,
                                                         const std::vector<std::string>& words) {
  return std::shared_ptr<SshConnection>(new SshConnection(context, words, 0));
}

SshConnection::SshConnection(std::shared_ptr<SshContext> context, std::vector<std::string> words, int depth)
    : context_(std::move(context)), words_(std::move(words)), depth_(depth) {
  context_->loop.add(*this);
  lookup_ = context_->resolver.look_up(words_);
}

SshConnection::~SshConnection() { context_->loop.remove(*this); }

std::string SshConnection::phase() const {
  switch (phase_) {
    case Phase::resolving:
      return "reading the ssh configuration";
    case Phase::waiting_for_gateway:
      return "waiting for the gateway " + route_.gateway.name + ": " + gateway_->phase();
    case Phase::waiting_for_slot:
      return attempt_ > 1 ? "waiting to try again" : "waiting for its turn";
    case Phase::connecting:
      return "connecting";
    case Phase::handshake:
      return "exchanging keys";
    case Phase::login:
      return "authenticating";
    case Phase::ready:
      return "starting the command";
    case Phase::failed:
      break;
  }
  return {};
}

bool SshConnection::pump() {
  const auto self = shared_from_this();
  bool moved = false;
  while (phase_ < Phase::ready && step()) moved = true;
  if (phase_ < Phase::ready && check_deadline()) moved = true;
  if (session_ && phase_ != Phase::failed) {
    if (phase_ == Phase::ready && pump_ready()) moved = true;
    if (session_->flush()) moved = true;
  }
  return moved;
}

bool SshConnection::step() {
  switch (phase_) {
    case Phase::resolving:
      return resolve();
    case Phase::waiting_for_gateway:
      return await_gateway();
    case Phase::waiting_for_slot:
      return await_slot();
    case Phase::connecting:
      return connect();
    case Phase::handshake:
      return shake_hands();
    case Phase::login:
      return log_in();
    case Phase::ready:
    case Phase::failed:
      break;
  }
  return false;
}

bool SshConnection::resolve() {
  if (!lookup_->result) return false;
  if (!*lookup_->result) return fail(lookup_->result->error());
  config_ = (*lookup_->result)->config;
  route_ = (*lookup_->result)->route;
  if (route_.kind != Route::Kind::gateway) {
    phase_ = Phase::waiting_for_slot;
    return true;
  }
  if (depth_ >= kMaxDepth) return fail({base::ErrorKind::usage, 0, "too many gateways on top of each other"});
  gateway_ = to(context_, route_.gateway.ssh_words, depth_ + 1);
  for (const SshConnection* hop = gateway_.get(); hop != nullptr; hop = hop->gateway_.get())
    if (hop == this) return fail({base::ErrorKind::usage, 0, "its gateway leads back to itself"});
  phase_ = Phase::waiting_for_gateway;
  return true;
}

bool SshConnection::await_gateway() {
  if (gateway_->is_failed()) {
    base::Error error = gateway_->error();
    return fail(std::move(error).with("the gateway " + route_.gateway.name));
  }
  if (!gateway_->is_ready()) return false;
  phase_ = Phase::connecting;
  return true;
}

std::string SshConnection::slot_place() const {
  return gateway_ ? "behind " + route_.gateway.name : config_.hostname + " " + std::to_string(config_.port);
}

bool SshConnection::await_slot() {
  if (now() < retry_at_) return false;
  slot_ = context_->slots.try_take(slot_place());
  if (!slot_) return false;
  // Through a gateway the channel stands already: the slot is for what follows.
  if (forward_) return start_session(std::make_unique<ForwardedWire>(std::move(forward_), route_.gateway.name));
  phase_ = Phase::connecting;
  return true;
}

bool SshConnection::connect() {
  if (!begun_) begun_ = now();
  if (route_.kind == Route::Kind::gateway) return connect_through_gateway();
  if (route_.kind == Route::Kind::direct) return connect_directly();
  auto wire = start_proxy_program(context_->loop, route_.program);
  if (!wire) return fail(std::move(wire).error());
  return start_session(std::move(*wire));
}

bool SshConnection::connect_directly() {
  if (!tcp_)
    tcp_ = std::make_unique<TcpConnect>(context_->loop.clock(), config_.hostname, config_.port, config_.address_family);
  const bool moved = tcp_->pump();
  auto result = tcp_->take_result();
  if (!result) return moved;
  tcp_.reset();
  if (!*result) return fail(std::move(*result).error());
  return start_session(std::make_unique<SocketWire>(context_->loop, std::move(**result)));
}

bool SshConnection::connect_through_gateway() {
  if (!forward_) {
    StreamTarget target;
    target.kind = StreamTarget::Kind::forward;
    target.host = route_.gateway.forward_host;
    target.port = route_.gateway.forward_port;
    forward_ = std::make_unique<SshStream>(gateway_, target);
  }
  if (forward_->state() == SshStream::State::failed) return fail(forward_->error());
  if (forward_->state() == SshStream::State::opening) return false;
  phase_ = Phase::waiting_for_slot;
  return true;
}

bool SshConnection::start_session(std::unique_ptr<Wire> wire) {
  auto session = SshSession::create(context_->clock, std::move(wire), preferred_host_key_types(config_));
  if (!session) return fail(std::move(session).error());
  session_ = std::move(*session);
  phase_ = Phase::handshake;
  return true;
}

bool SshConnection::shake_hands() {
  const int rc = libssh2_session_handshake(session_->handle(), context_->spare_fd.get());
  session_->flush();
  if (rc == LIBSSH2_ERROR_EAGAIN && !session_->lost()) {
    if (slot_ && session_->received() == 0 && now() - slot_.taken() > kSilence) slot_.release();
    return false;
  }
  if (rc != 0) {
    base::Error error = session_->error(base::ErrorKind::connection, "the SSH handshake failed");
    return session_->lost() ? retry_later(error) : fail(std::move(error));
  }
  std::size_t size = 0;
  int type = 0;
  const char* key = libssh2_session_hostkey(session_->handle(), &size, &type);
  if (key == nullptr) return fail({base::ErrorKind::host_key, 0, "the host shows no key"});
  if (auto checked = check_host_key(config_, {key, size}, context_->prompter); !checked)
    return fail(std::move(checked).error());
  login_ = std::make_unique<Login>(config_, context_->keys, *session_);
  phase_ = Phase::login;
  return true;
}

/// sshd drops connections when too many are logging in (MaxStartups): not all come back at the same moment.
bool SshConnection::retry_later(const base::Error& why) {
  if (attempt_ >= context_->options.attempts) {
    base::Error error = why;
    error.context += " (tried " + std::to_string(attempt_) + " times)";
    return fail(std::move(error));
  }
  context_->slots.on_dropped(slot_place());
  session_.reset();
  slot_.release();
  std::uniform_real_distribution<double> jitter(0.5, 1.5);
  retry_at_ = now() + std::chrono::duration_cast<base::Nanos>(kFirstRetry * static_cast<double>(1 << (attempt_ - 1)) *
                                                              jitter(context_->random));
  ++attempt_;
  phase_ = gateway_ ? Phase::waiting_for_gateway : Phase::waiting_for_slot;
  return true;
}

bool SshConnection::log_in() {
  auto over = login_->step();
  session_->flush();
  if (!over && session_->lost()) return fail(session_->error(base::ErrorKind::connection, "lost while logging in"));
  if (!over) return false;
  if (!*over) return fail(std::move(*over).error());
  login_.reset();
  slot_.release();
  ready_since_ = heard_ = last_pump_ = now();
  phase_ = Phase::ready;
  return true;
}

base::Nanos SshConnection::connect_timeout() const {
  return config_.connect_timeout.value_or(context_->options.connect_timeout);
}

bool SshConnection::check_deadline() { return begun_ && now() >= *begun_ + connect_timeout() && fail(timed_out()); }

base::Error SshConnection::timed_out() const {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(connect_timeout()).count();
  return {base::ErrorKind::timeout, 0, "no answer within " + std::to_string(seconds) + " s, while " + phase()};
}

bool SshConnection::fail(base::Error error) {
  if (phase_ == Phase::failed) return false;
  error_ = std::move(error);
  phase_ = Phase::failed;
  tcp_.reset();
  forward_.reset();
  gateway_.reset();  // the session's wire holds it where there is one; two that wait for each other must not stay
  login_.reset();
  slot_.release();
  openings_.clear();
  const std::list<SshStream*> streams = streams_;
  for (SshStream* stream : streams) stream->on_connection_lost();
  return true;
}

void SshConnection::on_session_error(const std::string& what) {
  fail(session_->error(base::ErrorKind::connection, what));
}

void SshConnection::wait_for(std::vector<pollfd>& fds) const {
  if (phase_ == Phase::failed) return;
  if (tcp_) tcp_->wait_for(fds);
  if (session_) session_->wait_for(fds);
}

}  // namespace g5ksync::transport
