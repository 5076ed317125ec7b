// Errors in words: what happened, on which host, and what to do. The only place that turns a kind into a sentence.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace g5ksync::app {

/// What to type after "ssh" for this host: its name, behind -F and the user's own configuration file (quoted for a
/// shell) where one is given. Empty without a name.
std::string ssh_words(const std::string& ssh_config, const std::string& ssh_name);

/// What happened: "nancy: connection refused". `host` is empty for this machine. Escaped for a terminal, no newline.
std::string what_happened(std::string_view host, const base::Error& error);

/// What the user can do about it: a sentence without a stop, or empty where what_happened() says it all. `ssh` is
/// what ssh_words() gives; empty for this machine.
std::string what_to_do(const base::Error& error, std::string_view ssh);

/// Both on one line: "nancy: timed out (see whether this works: ssh nancy.g5k true)".
std::string explain(std::string_view host, std::string_view ssh, const base::Error& error);

}  // namespace g5ksync::app
