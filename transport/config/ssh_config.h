// What the user's ssh configuration says about a host: the answer of `ssh -G`, parsed and expanded (ssh_config(5)).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"

namespace g5ksync::transport {

enum class StrictHostKeyChecking { ask, yes, accept_new, off };

/// One host's settings. File names are expanded; "none" has become an empty value.
struct HostConfig {
  std::string alias;     // the name that was asked for, without user@
  std::string hostname;  // the name or address to connect to
  int port = 22;
  std::string user;
  int address_family = 0;  // AF_INET, AF_INET6, or 0 for any
  std::vector<std::string> identity_files;
  std::string identity_agent;  // a socket path; empty: no agent
  bool identities_only = false;
  std::vector<std::string> user_known_hosts, global_known_hosts;
  StrictHostKeyChecking strict_host_key_checking = StrictHostKeyChecking::ask;
  std::string host_key_alias;
  bool hash_known_hosts = false;
  std::string proxy_jump;     // "[user@]host[:port],…"
  std::string proxy_command;  // %-tokens expanded, not yet seen by a shell
  bool proxy_use_fdpass = false;
  std::optional<base::Nanos> connect_timeout;
};

/// What expansions need to know about this machine; taken from the environment by default.
struct LocalUser {
  std::string name, home, hostname;
  std::string auth_sock;  // SSH_AUTH_SOCK
  std::string uid;
};
LocalUser local_user();

/// Letters, digits and `._:-`, not starting with '-': safe in a command line and in a %-expansion. At most 255 bytes.
bool is_plain_host(std::string_view host);
/// The same with `@+~=,/\` in addition (directory accounts), and never empty.
bool is_plain_user(std::string_view user);

/// `name` split at its last '@'.
struct UserAtHost {
  std::string user;  // empty: not given
  std::string host;
};
base::Result<UserAtHost> split_destination(std::string_view name);

/// The output of `ssh -G` for `alias`. Errors (usage): a host or user name that is not plain, no hostname.
base::Result<HostConfig> parse_ssh_config(std::string_view output, std::string_view alias, const LocalUser& local);

/// `text` with its %-tokens expanded (%% %d %h %i %k %L %l %n %p %r %u, as ssh_config(5) TOKENS); others stay.
std::string expand_tokens(std::string_view text, const HostConfig& host, const LocalUser& local);
/// The same, and ${NAME} and a leading ~ as well.
std::string expand_file_name(std::string_view text, const HostConfig& host, const LocalUser& local);

}  // namespace g5ksync::transport
