// Which entries are dealt with, and what of them is kept.
#include <sys/stat.h>

#include <climits>

#include "app/cli/parser.h"
#include "app/cli/text_file.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

std::uint32_t read_umask() {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return mask;
}

}  // namespace

void add_attribute_options(Parser& parser, tree::AttributeMask& mask) {
  on_off(parser, "p", "perms", [&](bool on) { mask.mode = on; });
  on_off(parser, "t", "times", [&](bool on) { mask.mtime = on; });
  on_off(parser, "o", "owner", [&](bool on) { mask.owner = on; });
  on_off(parser, "g", "group", [&](bool on) { mask.group = on; });
  on_off(parser, "l", "links", [&](bool on) { mask.symlinks = on; });
  on_off(parser, "", "devices", [&](bool on) { mask.devices = on; });
  on_off(parser, "", "specials", [&](bool on) { mask.specials = on; });
  flag(parser, "-D", [&] { mask.devices = mask.specials = true; });
  flag(parser, "--no-D", [&] { mask.devices = mask.specials = false; });
}

void add_filter_options(Parser& parser, tree::FilterRules& rules) {
  const auto add = [&](const std::string& name, tree::FilterAction action) {
    raw_value(parser, "--" + name, [&parser, &rules, name, action](const std::string& pattern) {
      if (auto added = rules.add(action, pattern); !added)
        parser.wrong("--" + name + " " + base::printable(pattern) + ": " + base::printable(added.error().message()));
    });
    raw_value(parser, "--" + name + "-from", [&parser, &rules, name, action](const std::string& path) {
      auto added =
          read_text_file(path).and_then([&](const std::string& text) { return rules.add_lines(action, text); });
      if (!added) parser.wrong("--" + name + "-from: " + base::printable(added.error().message()));
    });
  };
  add("exclude", tree::FilterAction::exclude);
  add("include", tree::FilterAction::include);
}

void add_tree_options(Parser& parser, TreeOptions& tree) {
  on_off(parser, "c", "checksum", [&](bool on) { tree.checksum = on; });
  on_off(parser, "I", "ignore-times", [&](bool on) { tree.ignore_times = on; });
  on_off(parser, "", "size-only", [&](bool on) { tree.size_only = on; });
  on_off(parser, "u", "update", [&](bool on) { tree.update = on; });
  on_off(parser, "x", "one-file-system", [&](bool on) { tree.one_file_system = on; });
  on_off(parser, "", "numeric-ids", [&](bool on) { tree.numeric_ids = on; });
  on_off(parser, "H", "hard-links", [&](bool on) { tree.hard_links = on; });
  flag(parser, "--existing,--ignore-non-existing", [&] { tree.existing = true; });
  flag(parser, "--ignore-existing", [&] { tree.ignore_existing = true; });
  value(parser, "--chmod", [&](const std::string& text) {
    if (auto added = tree.chmod.add(text, read_umask()); !added)
      parser.wrong("--chmod: " + base::printable(added.error().message()) +
                   "; write changes such as Dg+s,ug+w,Fo-w,+X or 755");
  });
}

void add_writing_options(Parser& parser, TreeOptions& tree) {
  flag(parser, "--delete,--del,--delete-during,--delete-delay,--delete-after", [&] { tree.delete_extra = true; });
  flag(parser, "--delete-excluded", [&] { tree.delete_extra = tree.delete_excluded = true; });
  number(parser, "--max-delete", 0, INT_MAX, [&](int most) { tree.max_delete = most; });
  on_off(parser, "", "force", [&](bool on) { tree.force = on; });
  on_off(parser, "S", "sparse", [&](bool on) { tree.sparse = on; });
  on_off(parser, "", "detect-moves", [&](bool on) { tree.detect_moves = on; });
}

}  // namespace g5ksync::app
