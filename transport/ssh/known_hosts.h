// The known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): hashed names, [host]:port, wildcards, negation,
// @revoked. Certificate authorities are passed over: libssh2 offers no certificates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace g5ksync::transport {

struct HostKeyFinding {
  enum class Verdict {
    trusted,
    unknown,     // no line is for this host
    other_type,  // lines for it, but only with keys of other types: see types_of()
    changed,     // a line has another key of the same type
    revoked,
  };
  Verdict verdict = Verdict::unknown;
  std::string file;  // the line that decided, where there is one
  int line = 0;
};

class KnownHosts {
 public:
  /// Reads them all; those that are missing or unreadable count as empty, lines that make no sense are skipped.
  static KnownHosts read(const std::vector<std::string>& files);
  /// Adds the lines of one file's text.
  void parse(std::string_view text, const std::string& file);

  /// `name` as host_key_name() gives it; `key` is the public key blob.
  HostKeyFinding check(std::string_view name, std::string_view key) const;
  /// The key types held for `name`, each once, in the order of the files.
  std::vector<std::string> types_of(std::string_view name) const;

 private:
  struct Line {
    enum class Marker { none, revoked } marker = Marker::none;
    std::string patterns, type, key, file;  // the key in base64, as it stands there
    int number = 0;
  };
  std::vector<Line> lines_;
};

/// How known_hosts spells a host: "name", or "[name]:port" for another port than 22; lower case.
std::string host_key_name(std::string_view host, int port);

/// Whether `name` is among comma-separated `patterns`; a hashed name is one pattern.
bool matches_host_patterns(std::string_view name, std::string_view patterns);

/// Appends a line in one write; makes the file (0600) and its directory (0700) where they are missing.
base::Result<void> add_known_host(const std::string& file, std::string_view name, std::string_view key, bool hashed);

}  // namespace g5ksync::transport
