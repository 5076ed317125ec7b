// The options of one push, as data; the command lines for both programs; a drawing of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/trees/dice.h"
#include "tests/trees/tree.h"

namespace g5ksync::trees {

/// A filter rule of a simple form: its pattern is a name that may hold * ? [ ], after a slash when it counts only at
/// the root of the transfer, before one when it counts only for directories.
struct Rule {
  bool include = false;
  std::string pattern;
};

/// The defaults are those of g5ksync push.
struct Options {
  bool by_name = true;  // SRC, not SRC/
  bool perms = true, times = true, links = true, specials = true, devices = false, owner = false, group = false;
  bool dry_run = false, itemize = false;
  bool checksum = false, ignore_times = false, size_only = false, update = false;
  bool existing = false, ignore_existing = false, extra_goes = false;
  std::optional<std::size_t> max_delete;
  bool hard_links = false, sparse = false;
  unsigned chmod_or = 0, chmod_but = 07777;  // what `chmod` does to modes
  std::string chmod;                         // "F…": for all but directories
  std::vector<Rule> rules;
};

/// A set of options. About half of the sets hold only one or two.
Options draw_options(Dice& dice, bool root);

std::vector<std::string> for_g5ksync(const Options& options);
std::vector<std::string> for_rsync(const Options& options);

/// Whether the rules leave out `path`, which is relative to the root of the transfer; its parents are not looked at.
bool left_out(const Options& options, const std::string& path, Type type);

}  // namespace g5ksync::trees
