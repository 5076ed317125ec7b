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

/// An ordered list of rules. Immutable once built; matching is safe from many threads.
class FilterRules {
 public:
  /// Fails on an empty pattern or a broken one. A pattern that starts with "+ " or "- " carries its own action, as in
  /// rsync's --exclude; "!" alone clears the list.
  base::Result<void> add(FilterAction action, std::string_view pattern);
  /// The lines of an --exclude-from / --include-from file: blank lines and lines that start with ';' or '#' are
  /// skipped.
  base::Result<void> add_lines(FilterAction action, std::string_view text);

  /// `path` is relative to the root of the transfer, components joined by '/' ("mydir/a.o"), `type` its file type.
  /// Parents are not looked at: a walk that does not enter excluded directories needs no more.
  bool excluded(std::string_view path, fs::FileType type) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    FilterAction action;
    Pattern pattern;
  };
  std::vector<Rule> rules_;
};

}  // namespace g5ksync::tree
