// The byte stream below an SSH session: a socket, or a channel that a gateway's session forwards.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/fd.h"
#include "transport/loop.h"
#include "transport/process/child.h"

namespace g5ksync::transport {

/// Non-blocking; both calls return bytes moved (> 0) or -errno; -EAGAIN: nothing now. receive() gives 0 at the end.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual ssize_t receive(std::span<std::byte> into) = 0;
  virtual ssize_t send(std::span<const std::byte> from) = 0;
  virtual void wait_for(std::vector<pollfd>& fds, bool for_room) const = 0;
  /// Bytes that send() took and that wait in this process.
  virtual std::size_t unsent() const = 0;
  /// Why it broke, where it knows better than errno: "the gateway g5k: connection lost". May be empty.
  virtual std::string trouble() const = 0;
};

/// A connected socket, with the ProxyCommand's process at its other end if there is one.
class SocketWire final : public Wire {
 public:
  SocketWire(const Loop& loop, base::Fd socket, Child proxy = {})
      : loop_(loop), proxy_(std::move(proxy)), socket_(std::move(socket)) {}

  ssize_t receive(std::span<std::byte> into) override;
  ssize_t send(std::span<const std::byte> from) override;
  void wait_for(std::vector<pollfd>& fds, bool for_room) const override;
  std::size_t unsent() const override { return 0; }
  std::string trouble() const override { return {}; }

 private:
  ssize_t fetch();

  const Loop& loop_;
  Child proxy_;  // outlives the socket, whose closing is what ends it
  base::Fd socket_;
  std::size_t received_ = 0;
  // libssh2 asks for 16 KiB at a time; system calls are dearer than copies.
  std::vector<std::byte> ahead_ = std::vector<std::byte>(256 * 1024);
  std::size_t ahead_begin_ = 0, ahead_end_ = 0;
  // Found empty or full in this turn of the loop: not asked again before the next poll.
  std::uint64_t empty_turn_ = ~std::uint64_t{0};
  std::uint64_t full_turn_ = ~std::uint64_t{0};
};

/// `command` by /bin/sh on a socket pair, as ssh runs a ProxyCommand.
base::Result<std::unique_ptr<Wire>> start_proxy_program(const Loop& loop, const std::string& command);

}  // namespace g5ksync::transport
