#include "tests/trees/options.h"

#include <fnmatch.h>

#include <functional>

namespace g5ksync::trees {
namespace {

struct Chmod {
  const char* text;
  unsigned bits_or, bits_but;
};
constexpr Chmod kChmods[] = {
    {"Fg+w", 0020, 07777}, {"Fo-rwx", 0, 07770}, {"F600", 0600, 0}, {"Fu+x,Fgo-w", 0100, 07755}};

void draw_rules(Options& options, Dice& dice) {
  static constexpr const char* kPatterns[] = {"*.o",   "*.c", "a*",   "b*/", "/src", "/src/c*", "/d*",
                                              "[ef]*", "*~",  "new*", "-n",  "?1*",  ".*",      "CVS/"};
  for (std::size_t count = 1 + dice.below(3); count > 0; --count) {
    std::string pattern = dice.pick(kPatterns);
    if (pattern.starts_with("/src") && (!options.by_name || pattern == "/src")) pattern = "/e*";
    if (pattern.starts_with("/src/")) pattern = "c1*";  // rules with a slash inside have tests of their own
    options.rules.push_back({dice.one_in(3), pattern});
  }
}

/// One option more.
void draw_one(Options& options, Dice& dice, bool root) {
  const std::vector<std::function<void()>> all{
      [&] { options.perms = false; },
      [&] { options.times = false; },
      [&] { options.links = false; },
      [&] { options.specials = false; },
      [&] { options.devices = root; },
      [&] { options.owner = options.group = true; },
      [&] { options.checksum = true; },
      [&] { options.ignore_times = true; },
      [&] { options.size_only = true; },
      [&] { options.update = true; },
      [&] { options.existing = true; },
      [&] { options.ignore_existing = true; },
      [&] { options.extra_goes = true; },
      [&] { options.extra_goes = true; },
      [&] {
        options.extra_goes = true;
        options.max_delete = dice.below(12);
      },
      [&] { options.hard_links = true; },
      [&] { options.sparse = true; },
      [&] { options.dry_run = true; },
      [&] { draw_rules(options, dice); },
      [&] {
        const Chmod& change = dice.pick(kChmods);
        options.chmod = change.text;
        options.chmod_or = change.bits_or;
        options.chmod_but = change.bits_but;
      },
  };
  all[dice.below(all.size())]();
}

void common(std::vector<std::string>& words, const Options& options) {
  const auto add = [&](bool on, const char* word) {
    if (on) words.emplace_back(word);
  };
  add(options.dry_run, "-n");
  add(options.itemize, "-i");
  add(options.checksum, "-c");
  add(options.ignore_times, "-I");
  add(options.size_only, "--size-only");
  add(options.update, "-u");
  add(options.existing, "--existing");
  add(options.ignore_existing, "--ignore-existing");
  add(options.extra_goes, "--delete");
  if (options.max_delete) words.push_back("--max-delete=" + std::to_string(*options.max_delete));
  add(options.hard_links, "-H");
  add(options.sparse, "-S");
  add(options.owner, "-o");
  add(options.group, "-g");
  add(options.owner || options.group, "--numeric-ids");
  add(options.devices, "--devices");
  if (!options.chmod.empty()) words.push_back("--chmod=" + options.chmod);
  for (const Rule& rule : options.rules) words.push_back((rule.include ? "--include=" : "--exclude=") + rule.pattern);
}

}  // namespace

Options draw_options(Dice& dice, bool root) {
  Options options;
  options.by_name = dice.one_in(2);
  options.itemize = dice.one_in(2);
  const std::size_t count = dice.one_in(2) ? dice.below(3) : 2 + dice.below(5);
  for (std::size_t i = 0; i < count; ++i) draw_one(options, dice, root);
  if (!options.hard_links) return options;
  // Which names of an inode stay as they are, and whose attributes it keeps, is rsync's secret where not all is sent.
  options.existing = options.ignore_existing = options.update = options.size_only = false;
  options.owner = options.group = options.perms = options.times = true;
  options.rules.clear();
  if (options.dry_run) options.ignore_times = false;  // rsync -nIH may wait for itself without end
  return options;
}

std::vector<std::string> for_g5ksync(const Options& options) {
  std::vector<std::string> words;
  const auto off = [&](bool on, const char* word) {
    if (!on) words.emplace_back(word);
  };
  off(options.perms, "--no-perms");
  off(options.times, "--no-times");
  off(options.links, "--no-links");
  off(options.specials, "--no-specials");
  common(words, options);
  return words;
}

std::vector<std::string> for_rsync(const Options& options) {
  std::vector<std::string> words{"-r", "--modify-window=-1"};  // compare nanoseconds, as g5ksync does
  const auto on = [&](bool set, const char* word) {
    if (set) words.emplace_back(word);
  };
  on(options.perms, "--perms");
  on(options.times, "--times");
  on(options.links, "--links");
  on(options.specials, "--specials");
  common(words, options);
  return words;
}

bool left_out(const Options& options, const std::string& path, Type type) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  for (const Rule& rule : options.rules) {
    std::string pattern = rule.pattern;
    if (pattern.ends_with('/')) {
      if (type != Type::directory) continue;
      pattern.pop_back();
    }
    const bool at_root = pattern.starts_with('/');
    if (at_root && slash != std::string::npos) continue;
    if (::fnmatch(pattern.c_str() + (at_root ? 1 : 0), name.c_str(), FNM_PATHNAME) == 0) return !rule.include;
  }
  return false;
}

}  // namespace g5ksync::trees
