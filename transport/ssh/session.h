// One libssh2 session over a Wire, and the traps of libssh2 1.10 kept in one place:
// - It never sees a partial send. The send callback takes every packet into our buffer (libssh2 would otherwise mix up
//   packets: errors -39 and -7, and key exchanges that never end); flush() moves it on, and has_room() is what stops
//   us.
// - Its receive callback gives -EAGAIN for "nothing now", and at the end of the stream too: after an error libssh2
// would
//   give out none of the data that it holds. lost() tells the difference.
// - A call that waits for the peer (opening a channel) can be given up: see abandon_wait().
#pragma once

#include <libssh2.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "transport/ssh/packet_memory.h"
#include "transport/ssh/wire.h"

namespace g5ksync::transport {

class SshSession {
 public:
  /// `host_key_types`: in order of preference, comma-separated; empty: libssh2's own.
  static base::Result<std::unique_ptr<SshSession>> create(const base::Clock& clock, std::unique_ptr<Wire> wire,
                                                          const std::string& host_key_types);
  /// Says goodbye as far as that goes without waiting, and frees everything.
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  LIBSSH2_SESSION* handle() const { return handle_; }
  Wire& wire() const { return *wire_; }

  /// Hands buffered packets to the wire; true if any went.
  bool flush();
  /// Below the high-water mark: channels may write.
  bool has_room() const;
  /// Encrypted bytes that wait here or below.
  std::size_t unsent() const { return out_.size() - out_begin_ + wire_->unsent(); }
  void wait_for(std::vector<pollfd>& fds) const { wire_->wait_for(fds, out_begin_ < out_.size()); }

  /// Sends a keepalive request (RFC 4254, 4; the answer counts as a sign of life) if none went in the last 15 s.
  void keep_alive();
  base::Nanos last_received() const { return last_received_; }
  std::uint64_t received() const { return received_; }
  /// True once the stream has ended or broken; nothing more will come.
  bool lost() const { return lost_; }

  /// Makes `call`, a libssh2 call that has returned EAGAIN while it waited for an answer, fail and clean up behind it,
  /// and leaves the session usable. False if that is not possible just now (keys are being exchanged): try again later.
  template <class Call>
  bool abandon_wait(Call call) {
    if (exchanging_keys()) return false;
    refuse_receiving_ = true;
    call();
    refuse_receiving_ = false;
    return true;
  }

  /// Memory that libssh2 will free: for what callbacks hand over to it.
  void* allocate(std::size_t size) { return memory_.allocate(size); }

  /// What went wrong in the last call, in the peer's or the system's words where they are known.
  base::Error error(base::ErrorKind kind, const std::string& what) const;

 private:
  SshSession(const base::Clock& clock, std::unique_ptr<Wire> wire) : clock_(clock), wire_(std::move(wire)) {}
  base::Result<void> set_up(const std::string& host_key_types);
  bool exchanging_keys();
  ssize_t on_receive(void* into, std::size_t size);
  ssize_t on_send(const void* from, std::size_t size);
  void on_disconnect(int reason, std::string message);
  friend struct SessionCallbacks;

  const base::Clock& clock_;
  std::unique_ptr<Wire> wire_;
  PacketMemory memory_;
  LIBSSH2_SESSION* handle_ = nullptr;
  std::vector<std::byte> out_;  // packets from out_begin_ on have not left
  std::size_t out_begin_ = 0;
  base::Nanos last_received_{0};
  std::uint64_t received_ = 0, sent_packets_ = 0;
  bool lost_ = false, closing_ = false, refuse_receiving_ = false;
  int lost_errno_ = 0;
  std::string goodbye_;  // the peer's SSH_MSG_DISCONNECT
};

}  // namespace g5ksync::transport
