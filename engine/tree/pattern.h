// One of rsync's patterns (rsync(1), "PATTERN MATCHING RULES").
//
//   foo        a name, at any depth            /foo      only at the root of the transfer
//   foo/       only a directory                a/b       the last two components of a path
//   *          any run without a slash         **        any run; the whole path is looked at
//   ? [a-z]    one byte, not a slash           dir/***   a directory and all beneath it
//   \*         a backslash takes the meaning away, in patterns that hold one of * ? [
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/tree/byte_set.h"

namespace g5ksync::tree {

/// Immutable; matching is safe from many threads and takes at most |pattern| × |path|² steps.
class Pattern {
 public:
  /// usage: an empty pattern, a set that is not closed, an unknown [:class:], a backslash at the end.
  static base::Result<Pattern> parse(std::string_view text);
  /// `path` is relative to the root of the transfer.
  bool matches(std::string_view path, bool is_directory) const;

 private:
  enum class Kind : std::uint8_t { byte, set, star, double_star };
  struct Element {
    Kind kind;
    unsigned char byte = 0;  // Kind::byte
    std::size_t set = 0;     // Kind::set: its index in sets_
  };

  base::Result<void> compile(std::string_view text);
  bool accepts(const Element& element, char byte) const;
  bool match_here(std::string_view text) const;
  bool match_after_any_slash(std::string_view text) const;
  bool match_wild(std::string_view path, bool is_directory) const;
  bool match_literal(std::string_view path) const;

  std::string literal_;  // of a pattern without wildcards
  std::vector<Element> elements_;
  std::vector<ByteSet> sets_;
  std::size_t slashes_ = 0;
  bool anchored_ = false, directory_only_ = false, wild_ = false;
  bool double_star_ = false, starts_with_double_star_ = false, ends_with_triple_star_ = false;
};

}  // namespace g5ksync::tree
