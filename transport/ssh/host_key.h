// Whether a host is the one it says it is: StrictHostKeyChecking over known_hosts, and the question to the person.
#pragma once

#include <string>
#include <string_view>

#include "transport/config/ssh_config.h"
#include "transport/dialer.h"

namespace g5ksync::transport {

/// For libssh2: the key types that known_hosts holds for the host first, so that a host with several keys shows the one
/// we know; then the others.
std::string preferred_host_key_types(const HostConfig& config);

/// `key`: the public key blob that the host has proved to own. A new key may be added to the user's known_hosts. Errors
/// (host_key): changed, revoked, unknown and not confirmed; each says how to cure it.
base::Result<void> check_host_key(const HostConfig& config, std::string_view key, Prompter& prompter);

}  // namespace g5ksync::transport
