// Logging in with public keys (RFC 4252, 7): from the agent and from files, in ssh's order.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/config/ssh_config.h"
#include "transport/ssh/agent.h"
#include "transport/ssh/keyring.h"
#include "transport/ssh/session.h"

namespace g5ksync::transport {

/// One login. Keys of the agent that the configuration names come first, then its other keys (unless IdentitiesOnly),
/// then files. RSA signs with SHA-512 (RFC 8332), also where libssh2 itself only knows SHA-1; see rsa_sha2_blob().
class Login {
 public:
  Login(const HostConfig& config, Keyring& keyring, SshSession& session);
  ~Login();

  /// Moves on; a result once it is over. Errors: auth, with the keys that were tried and what to do; connection.
  std::optional<base::Result<void>> step();

 private:
  enum class Source { agent, file };
  struct Candidate {
    Source source;
    std::string label;  // for people: a file name, or the agent's comment
    std::string type, blob;
    const KeyFile* file = nullptr;
  };
  struct Signing;

  void gather();
  void gather_agent(const std::vector<const KeyFile*>& files);
  void gather_files(const std::vector<const KeyFile*>& files);
  std::optional<base::Result<void>> ask_methods();
  int try_candidate(Candidate& candidate);
  int try_file(Candidate& candidate);
  int try_signed(const Candidate& candidate);
  base::Error refusal() const;

  const HostConfig& config_;
  Keyring& keyring_;
  SshSession& session_;
  std::optional<Agent> agent_;
  std::string agent_trouble_;
  std::vector<Candidate> candidates_;
  std::size_t at_ = 0;
  bool methods_known_ = false;
  std::vector<std::string> tried_;    // labels
  std::vector<std::string> skipped_;  // "label: why"
  std::unique_ptr<Signing> signing_;  // what a signature that is under way refers to
};

/// libssh2 before 1.11 takes the signature algorithm from the key blob's own name, so an RSA key would sign with SHA-1,
/// which servers refuse. OpenSSH takes a blob that is named after the signature algorithm for the same key.
std::string rsa_sha2_blob(std::string_view blob);

}  // namespace g5ksync::transport
