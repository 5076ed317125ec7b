// "Did you mean …?": the known word nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace g5ksync::app {

/// The word of `known` with the fewest edits (insert, delete, replace, swap of neighbours) from `typed`, the first of
/// equals; empty where none is near enough to be a slip (at most a third of the letters, at least one edit allowed).
std::string nearest(std::string_view typed, std::span<const std::string> known);

/// "; did you mean WORD?", or empty where nothing is near.
std::string did_you_mean(std::string_view typed, std::span<const std::string> known);

}  // namespace g5ksync::app
