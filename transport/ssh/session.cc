#include "transport/ssh/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace g5ksync::transport {
namespace {

constexpr std::size_t kHighWater = 512 * 1024;
constexpr unsigned kKeepaliveSeconds = 15;

bool library_ready() {
  static const bool ready = libssh2_init(0) == 0;
  return ready;
}

// Measured with libssh2 1.10 and OpenSSL 3: the stream cipher costs the same for all key sizes' order, the MAC decides.
constexpr std::string_view kCiphers = "aes128-ctr,aes256-ctr,aes192-ctr,aes128-cbc,aes256-cbc,aes192-cbc";
constexpr std::string_view kMacs =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-256,hmac-sha2-512-etm@openssh.com,hmac-sha2-512,hmac-sha1";

/// Those of the comma-separated `wanted` that the library has. libssh2_session_method_pref() would strike out the
/// others itself, but 1.10 does so with overlapping memory.
std::string supported(LIBSSH2_SESSION* session, int method, std::string_view wanted) {
  const char** names = nullptr;
  const int count = libssh2_session_supported_algs(session, method, &names);
  std::string list;
  while (!wanted.empty()) {
    const std::string_view name = wanted.substr(0, wanted.find(','));
    wanted.remove_prefix(std::min(name.size() + 1, wanted.size()));
    if (std::any_of(names, names + std::max(count, 0), [&](const char* known) { return name == known; }))
      list.append(list.empty() ? "" : ",").append(name);
  }
  if (count > 0) libssh2_free(session, names);
  return list;
}

void prefer(LIBSSH2_SESSION* session, int method, std::string_view wanted) {
  const std::string list = supported(session, method, wanted);
  if (!list.empty()) libssh2_session_method_pref(session, method, list.c_str());
}

}  // namespace

struct SessionCallbacks {
  static SshSession& of(void** abstract) { return *static_cast<SshSession*>(*abstract); }

  static ssize_t send(libssh2_socket_t, const void* from, std::size_t size, int, void** abstract) {
    return of(abstract).on_send(from, size);
  }
  static ssize_t receive(libssh2_socket_t, void* into, std::size_t size, int, void** abstract) {
    return of(abstract).on_receive(into, size);
  }
  static void* allocate(std::size_t size, void** abstract) { return of(abstract).memory_.allocate(size); }
  static void release(void* block, void** abstract) { of(abstract).memory_.release(block); }
  static void* resize(void* block, std::size_t size, void** abstract) {
    return of(abstract).memory_.resize(block, size);
  }
  static void disconnect(LIBSSH2_SESSION*, int reason, const char* message, int length, const char*, int,
                         void** abstract) {
    of(abstract).on_disconnect(reason, std::string(message, length > 0 ? static_cast<std::size_t>(length) : 0));
  }
};

base::Result<std::unique_ptr<SshSession>> SshSession::create(const base::Clock& clock, std::unique_ptr<Wire> wire,
                                                             const std::string& host_key_types) {
  std::unique_ptr<SshSession> session(new SshSession(clock, std::move(wire)));
  G5K_TRY(session->set_up(host_key_types));
  return session;
}

base::Result<void> SshSession::set_up(const std::string& host_key_types) {
  last_received_ = clock_.now();
  if (library_ready())
    handle_ = libssh2_session_init_ex(&SessionCallbacks::allocate, &SessionCallbacks::release,
                                      &SessionCallbacks::resize, this);
  if (handle_ == nullptr) return base::fail(base::ErrorKind::unsupported, "libssh2 cannot be started");
  libssh2_session_set_blocking(handle_, 0);
  const auto set = [&](int which, auto* callback) {
    libssh2_session_callback_set(handle_, which, reinterpret_cast<void*>(callback));
  };
  set(LIBSSH2_CALLBACK_SEND, &SessionCallbacks::send);
  set(LIBSSH2_CALLBACK_RECV, &SessionCallbacks::receive);
  set(LIBSSH2_CALLBACK_DISCONNECT, &SessionCallbacks::disconnect);
  libssh2_keepalive_config(handle_, 1, kKeepaliveSeconds);
  for (const int method : {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC}) prefer(handle_, method, kCiphers);
  for (const int method : {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC}) prefer(handle_, method, kMacs);
  prefer(handle_, LIBSSH2_METHOD_HOSTKEY, host_key_types);
  return {};
}

SshSession::~SshSession() {
  if (handle_ == nullptr) return;
  if (!lost_) {
    libssh2_session_disconnect(handle_, "done");
    flush();
  }
  // From here on libssh2 is told that nothing comes any more, so that freeing never waits for the peer.
  closing_ = true;
  for (int tries = 0; tries < 1000 && libssh2_session_free(handle_) == LIBSSH2_ERROR_EAGAIN; ++tries) {
  }
}

ssize_t SshSession::on_receive(void* into, std::size_t size) {
  if (closing_ || refuse_receiving_) return -ECONNRESET;
  if (lost_) return -EAGAIN;
  const ssize_t count = wire_->receive({static_cast<std::byte*>(into), size});
  if (count == -EAGAIN) return -EAGAIN;
  if (count > 0) {
    last_received_ = clock_.now();
    received_ += static_cast<std::uint64_t>(count);
    return count;
  }
  lost_ = true;
  if (count < 0) lost_errno_ = static_cast<int>(-count);
  return -EAGAIN;
}

ssize_t SshSession::on_send(const void* from, std::size_t size) {
  ++sent_packets_;
  if (closing_) return static_cast<ssize_t>(size);
  const auto* bytes = static_cast<const std::byte*>(from);
  out_.insert(out_.end(), bytes, bytes + size);
  return static_cast<ssize_t>(size);
}

void SshSession::on_disconnect(int /*reason*/, std::string message) { goodbye_ = std::move(message); }

bool SshSession::flush() {
  bool moved = false;
  while (out_begin_ < out_.size()) {
    const ssize_t count = wire_->send(std::span(out_).subspan(out_begin_));
    if (count == -EAGAIN) break;
    if (count < 0) {
      // What the peer said before it went is still to be read; the receiving side notices the end.
      lost_errno_ = static_cast<int>(-count);
      out_begin_ = out_.size();
      break;
    }
    out_begin_ += static_cast<std::size_t>(count);
    moved = true;
  }
  if (out_begin_ == out_.size()) {
    out_.clear();
    out_begin_ = 0;
  } else if (out_begin_ > kHighWater) {
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_begin_));
    out_begin_ = 0;
  }
  return moved;
}

bool SshSession::has_room() const { return out_.size() - out_begin_ < kHighWater; }

void SshSession::keep_alive() {
  int seconds_to_next = 0;
  libssh2_keepalive_send(handle_, &seconds_to_next);
}

/// libssh2 does not tell. While keys are exchanged it holds every packet back: so does an overdue keepalive get out?
bool SshSession::exchanging_keys() {
  const std::uint64_t before = sent_packets_;
  libssh2_keepalive_config(handle_, 1, static_cast<unsigned>(-1'000'000));  // seconds: due since long ago
  keep_alive();
  libssh2_keepalive_config(handle_, 1, kKeepaliveSeconds);
  return sent_packets_ == before;
}

base::Error SshSession::error(base::ErrorKind kind, const std::string& what) const {
  base::Error error{kind, 0, what};
  char* message = nullptr;
  libssh2_session_last_error(handle_, &message, nullptr, 0);
  if (!goodbye_.empty()) {
    error.context += ": the host says: " + goodbye_;
  } else if (const std::string trouble = wire_->trouble(); !trouble.empty()) {
    error.context += ": " + trouble;
  } else if (lost_errno_ != 0) {
    error.sys_errno = lost_errno_;
  } else if (lost_) {
    error.context += ": closed by the other side";
  } else if (message != nullptr && *message != 0) {
    error.context += std::string(": ") + message;
  }
  return error;
}

}  // namespace g5ksync::transport
