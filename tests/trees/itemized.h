// What the programs say about their changes.
#pragma once

#include <string>

namespace g5ksync::trees {

/// How the itemized lines (-i) in two programs' outputs differ as sets; empty where they do not. Names are compared
/// without their program's escapes, and rsync's '>' of a local copy counts as '<'.
std::string itemized_difference(const std::string& of_rsync, const std::string& of_g5ksync);

/// Lines of either text that the other lacks, a few of them.
std::string changed_lines(const std::string& before, const std::string& after);

}  // namespace g5ksync::trees
