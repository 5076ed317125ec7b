#include "transport/ssh/wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace g5ksync::transport {
namespace {

// While a session is set up, sshd (with Nagle's algorithm on) waits for our acknowledgements, and those of the kernel
// are late by 40 ms unless it is told otherwise, each time.
constexpr std::size_t kQuickAckBytes = 64 * 1024;

void acknowledge_at_once(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

}  // namespace

ssize_t SocketWire::receive(std::span<std::byte> into) {
  if (ahead_begin_ == ahead_end_) {
    const ssize_t count = fetch();
    if (count <= 0) return count;
  }
  const std::size_t count = std::min(into.size(), ahead_end_ - ahead_begin_);
  std::memcpy(into.data(), ahead_.data() + ahead_begin_, count);
  ahead_begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t SocketWire::fetch() {
  if (empty_turn_ == loop_.turns()) return -EAGAIN;
  const ssize_t count = ::recv(socket_.get(), ahead_.data(), ahead_.size(), 0);
  if (count >= 0) {
    if (received_ < kQuickAckBytes) acknowledge_at_once(socket_.get());
    received_ += static_cast<std::size_t>(count);
    ahead_begin_ = 0;
    ahead_end_ = static_cast<std::size_t>(count);
    // A short read has emptied the socket: asking again would only cost a system call.
    if (ahead_end_ > 0 && ahead_end_ < ahead_.size()) empty_turn_ = loop_.turns();
    return count;
  }
  if (errno != EAGAIN && errno != EINTR) return -errno;
  empty_turn_ = loop_.turns();
  return -EAGAIN;
}

ssize_t SocketWire::send(std::span<const std::byte> from) {
  if (full_turn_ == loop_.turns()) return -EAGAIN;
  const ssize_t count = ::send(socket_.get(), from.data(), from.size(), MSG_NOSIGNAL);
  if (count >= 0) return count;
  if (errno != EAGAIN && errno != EINTR) return -errno;
  full_turn_ = loop_.turns();
  return -EAGAIN;
}

void SocketWire::wait_for(std::vector<pollfd>& fds, bool for_room) const {
  fds.push_back({socket_.get(), static_cast<short>(for_room ? POLLIN | POLLOUT : POLLIN), 0});
}

base::Result<std::unique_ptr<Wire>> start_proxy_program(const Loop& loop, const std::string& command) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return base::fail_errno(errno, "a socket pair for the ProxyCommand");
  base::Fd ours(ends[0]), theirs(ends[1]);
  // Its standard error is the person's: a proxy that asks or complains does so at the terminal, as under ssh.
  G5K_ASSIGN(Child proxy,
             Child::start({"/bin/sh", "-c", "exec " + command}, theirs.get(), theirs.get(), STDERR_FILENO));
  set_non_blocking(ours.get());
  return std::make_unique<SocketWire>(loop, std::move(ours), std::move(proxy));
}

}  // namespace g5ksync::transport
