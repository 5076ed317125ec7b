// Filter rules: rsync's patterns (rsync(1), "PATTERN MATCHING RULES"); the first rule that matches decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/fs/directory.h"
#include "engine/tree/pattern.h"

namespace g5ksync::tree {

enum class FilterAction { include, exclude };

/// A rule as it travels: the pattern without its action.
struct FilterText {
  FilterAction action = FilterAction::exclude;
  std::string pattern;
  friend bool operator==(const FilterText&, const FilterText&) = default;
};

/// An ordered list of rules. Immutable once built; matching is safe from many threads.
class FilterRules {
 public:
  /// Fails on an empty pattern or a broken one. A pattern that starts with "+ " or "- " carries its own action, as in
  /// rsync's --exclude; "!" alone clears the list.
  base::Result<void> add(FilterAction action, std::string_view pattern);
  /// Takes the pattern as it is.
  base::Result<void> add_plain(FilterAction action, std::string_view pattern);
  /// The lines of an --exclude-from / --include-from file: blank lines and lines that start with ';' or '#' are
  /// skipped.
  base::Result<void> add_lines(FilterAction action, std::string_view text);

  /// `path` is relative to the root of the transfer, components joined by '/' ("mydir/a.o"), `type` its file type.
  /// Parents are not looked at: a walk that does not enter excluded directories needs no more.
  bool excluded(std::string_view path, fs::FileType type) const;
  bool empty() const { return rules_.empty(); }
  /// The rules in their order, to be added again elsewhere by add_plain().
  std::vector<FilterText> texts() const;

 private:
  struct Rule {
    FilterText text;
    Pattern pattern;
  };
  std::vector<Rule> rules_;
};

}  // namespace g5ksync::tree
