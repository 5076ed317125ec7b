// RSA signatures with SHA-2 (RFC 8332) by a key file: what libssh2 1.10 lacks.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "transport/ssh/keyring.h"

namespace g5ksync::transport {

/// The bare PKCS #1 v1.5 signature over `data`. `algorithm`: "rsa-sha2-256" or "rsa-sha2-512". Unsupported: an
/// encrypted key in the OpenSSH format (its bcrypt is not at hand here: ssh-agent can hold it).
base::Result<std::string> rsa_sign(const KeyFile& key, std::string_view data, std::string_view algorithm);

}  // namespace g5ksync::transport
