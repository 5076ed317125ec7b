// The user's private keys: files read once, passphrases asked for once, whatever the number of hosts.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/error.h"
#include "transport/dialer.h"

namespace g5ksync::transport {

struct KeyFile {
  std::string path;
  std::string text;  // the file; empty: only the public half is here, and the agent may have the other
  std::string type;  // "ssh-ed25519"; empty: not known before it is decrypted
  std::string blob;  // the public key; may be empty likewise
  bool encrypted = false;
  std::string passphrase;  // once unlocked
};

/// Errors: not_found, permission, io; unsupported for what is no private key. PEM (RFC 7468) and the OpenSSH format
/// (openssh-portable, PROTOCOL.key); the public half comes from the file itself or from `path`.pub.
base::Result<KeyFile> read_key_file(const std::string& path);

class Keyring {
 public:
  explicit Keyring(Prompter& prompter) : prompter_(prompter) {}

  /// The same answer every time. The pointer lives as long as the keyring.
  const base::Result<KeyFile>& load(const std::string& path);
  /// Asks for the passphrase of an encrypted key, up to three times and once per key in all; true once it fits.
  bool unlock(const std::string& path);

 private:
  Prompter& prompter_;
  std::map<std::string, std::unique_ptr<base::Result<KeyFile>>> files_;
  std::map<std::string, bool> unlocked_;
};

/// The public key blob of a private key file's text, as libssh2 computes it; nothing if it cannot be decrypted so, or
/// is of a kind that libssh2 does not know.
std::optional<std::string> public_key_of(const std::string& text, const std::string& passphrase);

}  // namespace g5ksync::transport
