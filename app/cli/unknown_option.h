// What to say about an option that the parser does not know.
#pragma once

#include <span>
#include <string>

namespace g5ksync::app {

/// A sentence on `typed` ("--name", "--name=value", or a bundle of letters that begins with the unknown one): an option
/// of rsync's that g5ksync lacks is told as such, another may be a slip for one of `known`, which are those of
/// `subcommand`.
std::string unknown_option(const std::string& typed, std::span<const std::string> known, const std::string& subcommand);

}  // namespace g5ksync::app
