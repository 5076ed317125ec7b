#include "transport/ssh/forwarded_wire.h"

#include <cerrno>

namespace g5ksync::transport {

ssize_t ForwardedWire::receive(std::span<std::byte> into) {
  const std::size_t count = stream_->read(into);
  if (count > 0) return static_cast<ssize_t>(count);
  switch (stream_->state()) {
    case SshStream::State::ended:
      return 0;
    case SshStream::State::failed:
      return -ECONNRESET;
    default:
      return -EAGAIN;
  }
}

ssize_t ForwardedWire::send(std::span<const std::byte> from) {
  const std::size_t count = stream_->write(from);
  if (count > 0) return static_cast<ssize_t>(count);
  return stream_->state() == SshStream::State::open ? -EAGAIN : -EPIPE;
}

void ForwardedWire::wait_for(std::vector<pollfd>& /*fds*/, bool /*for_room*/) const {}

std::string ForwardedWire::trouble() const {
  if (stream_->state() != SshStream::State::failed) return {};
  return "the gateway " + gateway_ + ": " + stream_->error().message();
}

}  // namespace g5ksync::transport
