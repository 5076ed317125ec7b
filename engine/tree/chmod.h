// --chmod: rsync's changes of modes, such as "Dg+s,ug+w,Fo-w,+X" (rsync(1), --chmod; chmod(1)).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/fs/directory.h"

namespace g5ksync::tree {

/// A list of changes, made one after the other. A change is [D|F][ugoa]*[+-=][rwxXst]*, [D|F][ugoa]*[+-=][ugo] (the
/// bits of one class copied, as rsync 3.5 does) or [D|F] and an octal number; D and F limit it to directories and to
/// all else. Without any of ugoa the umask holds bits back. Where chmod(1) and rsync differ, this does what rsync does:
/// one operator a change, "s" without u, g or a is setuid, and "=" leaves setid bits alone unless it names some.
class ModeChanges {
 public:
  /// Adds the changes of `text`. usage, and nothing added, where rsync refuses it too.
  base::Result<void> add(std::string_view text, std::uint32_t umask);
  bool empty() const { return changes_.empty(); }
  /// On the mode in `stat`; symbolic links have none to change.
  void apply(fs::Stat& stat) const;

 private:
  enum class Scope : std::uint8_t { all, directories, others };
  struct Change {
    Scope scope = Scope::all;
    bool keeps_x = false;           // X: execute bits only for directories, and where the file had one
    std::uint32_t keep = 07777;     // bits that stay
    std::uint32_t set = 0;          // then bits that are set
    std::uint32_t copied_from = 0;  // shift of the class whose bits are copied, + 1; 0: none is
    std::uint32_t copied_to = 0;    // those bits times this, …
    std::uint32_t copy_mask = 0;    // … of which these
    bool copy_takes_away = false;   // are removed rather than set
  };
  struct Clause;
  static base::Result<Change> parse_change(std::string_view text, std::uint32_t umask);
  std::vector<Change> changes_;
};

}  // namespace g5ksync::tree
