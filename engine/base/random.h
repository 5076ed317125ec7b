// Random names: run ids, nonces. Never keys.
#pragma once

#include <string>

namespace g5ksync::base {

/// `digits` lower-case hex digits from the system's generator. getrandom(2).
std::string random_hex(std::size_t digits);

}  // namespace g5ksync::base
