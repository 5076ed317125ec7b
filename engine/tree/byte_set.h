// The sets of a pattern: [abc], [a-z], [!abc], [^abc], [[:digit:]].
#pragma once

#include <bitset>
#include <string_view>

#include "engine/base/error.h"

namespace g5ksync::tree {

using ByteSet = std::bitset<256>;

/// No set holds the slash, whatever it says.
ByteSet all_but_slash();

struct ParsedSet {
  ByteSet bytes;
  std::size_t end = 0;  // behind the closing bracket
};

/// The set whose '[' is at text[start]. usage: not closed, or an unknown class.
base::Result<ParsedSet> parse_set(std::string_view text, std::size_t start);

}  // namespace g5ksync::tree
