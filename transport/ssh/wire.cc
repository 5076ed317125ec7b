#include "transport/ssh/wire.h"

#include <sys/socket.h>

#include <cerrno>

namespace g5ksync::transport {

ssize_t SocketWire::receive(std::span<std::byte> into) {
  if (empty_turn_ == loop_.turns()) return -EAGAIN;
  const ssize_t count = ::recv(socket_.get(), into.data(), into.size(), 0);
  if (count >= 0) return count;
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
  G5K_ASSIGN(Child proxy, Child::start({"/bin/sh", "-c", "exec " + command}, theirs.get(), theirs.get(), STDERR_FILENO));
  set_non_blocking(ours.get());
  return std::make_unique<SocketWire>(loop, std::move(ours), std::move(proxy));
}

}  // namespace g5ksync::transport
