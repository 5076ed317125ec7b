// A wire through a gateway: a channel that the gateway's connection forwards. Runs in the calls of the session on top.
#pragma once

#include <memory>
#include <string>

#include "transport/ssh/stream.h"
#include "transport/ssh/wire.h"

namespace g5ksync::transport {

class ForwardedWire final : public Wire {
 public:
  ForwardedWire(std::unique_ptr<SshStream> stream, std::string gateway)
      : stream_(std::move(stream)), gateway_(std::move(gateway)) {}

  ssize_t receive(std::span<std::byte> into) override;
  ssize_t send(std::span<const std::byte> from) override;
  /// Nothing: the gateway's connection waits for its socket.
  void wait_for(std::vector<pollfd>& fds, bool for_room) const override;
  /// Not what the gateway's connection holds: that is everybody's.
  std::size_t unsent() const override { return stream_->queued(); }
  std::string trouble() const override;

 private:
  std::unique_ptr<SshStream> stream_;
  std::string gateway_;
};

}  // namespace g5ksync::transport
