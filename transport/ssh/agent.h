// The ssh-agent protocol (draft-miller-ssh-agent): which keys it holds, and signatures by them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace g5ksync::transport {

struct AgentKey {
  std::string blob, comment;
};

/// Blocks, but never for long: 5 s for the list; 60 s for a signature, for which an agent may ask the person.
/// Own code rather than libssh2's, which waits without end.
class Agent {
 public:
  /// `socket_path` as SSH_AUTH_SOCK. Errors: connection, timeout.
  static base::Result<Agent> connect(const std::string& socket_path);
  base::Result<std::vector<AgentKey>> keys();
  /// The bare signature over `data`. `algorithm` ("rsa-sha2-512", "ssh-ed25519") chooses the hash for an RSA key.
  base::Result<std::string> sign(std::string_view blob, std::string_view data, std::string_view algorithm);

 private:
  explicit Agent(base::Fd socket) : socket_(std::move(socket)) {}
  base::Result<std::string> ask(std::string_view request, int patience_seconds);
  base::Result<std::string> receive(std::size_t count);

  base::Fd socket_;
};

}  // namespace g5ksync::transport
