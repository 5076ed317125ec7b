#include "tests/trees/judge.h"

#include <unistd.h>

#include <map>
#include <set>

#include "tests/trees/disk.h"
#include "tests/trees/grow.h"
#include "tests/trees/itemized.h"
#include "tests/trees/model.h"
#include "tests/trees/options.h"
#include "tests/trees/run.h"
#include "tests/trees/status.h"

namespace g5ksync::trees {
namespace {

constexpr std::uint64_t kSlackKib = 64;

class Case {
 public:
  Case(const Workshop& workshop, std::uint64_t seed)
      : workshop_(workshop), dice_(seed), root_(::geteuid() == 0), options_(draw_options(dice_, root_)) {
    soil_.devices = root_;
    soil_.owners = root_;
    soil_.setgid = options_.group;
    soil_.secrets = !options_.hard_links;  // two inodes with one time could be taken for the other
    soil_.hard_links = options_.hard_links || dice_.one_in(3);
  }

  std::string run() {
    source_ = grow(dice_, soil_);
    push_over(Tree{{"", empty_root()}}, "into an empty directory");
    Tree old = copy_of_source();
    mutate(source_, dice_, soil_);
    disturb(old, dice_, soil_for_copy());
    untangle(old);
    push_over(old, "over an old copy");
    if (wrong_.empty()) return {};
    return "options: " + command_line(for_g5ksync(options_)) + (options_.by_name ? " src" : " src/") + "\n" + wrong_;
  }

 private:
  std::string place(const char* name) const { return workshop_.scratch + "/" + name; }

  Node empty_root() const {
    Node node;
    node.uid = ::geteuid();
    node.gid = ::getegid();
    node.mtime = Time{1'500'000'000, 5};
    return node;
  }

  Soil soil_for_copy() const {
    Soil soil = soil_;
    soil.hard_links = options_.hard_links;
    return soil;
  }

  Tree in_place(const Tree& tree) const { return options_.by_name ? wrapped(tree, "src", empty_root()) : tree; }

  Tree copy_of_source() const {
    Tree copy = source_;
    if (!options_.hard_links)
      for (auto& [path, node] : copy) node.group = 0;
    return copy;
  }

  /// rsync leaves together at the destination what are two files at the source; g5ksync parts them, and which one keeps
  /// the inode is its choice. So inodes there hold only names of one inode here.
  void untangle(Tree& old) const {
    std::map<int, int> owners;
    std::set<int> torn;
    for (const auto& [path, node] : old) {
      const auto here = source_.find(path);
      const int owner = here == source_.end() || here->second.type != Type::file ? 0 : here->second.group;
      const bool same = owners.emplace(node.group, owner).first->second == owner;
      if (node.group != 0 && (owner == 0 || !same)) torn.insert(node.group);
    }
    for (auto& [path, node] : old)
      if (torn.contains(node.group)) node.group = 0;
  }

  std::vector<std::string> g5ksync() const { return g5ksync("push", options_); }
  std::vector<std::string> g5ksync(const std::string& subcommand, const Options& chosen) const {
    std::vector<std::string> words{"env",
                                   "HOME=" + place("home"),
                                   "XDG_CACHE_HOME=" + place("home"),
                                   "XDG_CONFIG_HOME=" + place("home"),
                                   workshop_.bin + "/g5ksync",
                                   subcommand,
                                   "--transport",
                                   "local",
                                   "--hosts",
                                   "here",
                                   "--to",
                                   place("ours")};
    const auto options = for_g5ksync(chosen);
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(place("src") + (options_.by_name ? "" : "/"));
    return words;
  }

  std::vector<std::string> rsync() const {
    std::vector<std::string> words{"rsync"};
    const auto options = for_rsync(options_);
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(place("src") + (options_.by_name ? "" : "/"));
    words.push_back(place("theirs") + "/");
    return words;
  }

  void push_over(const Tree& old, const std::string& when) {
    if (!wrong_.empty()) return;
    for (const char* name : {"src", "ours", "theirs"}) clear(place(name));
    plant(place("src"), source_);
    const Tree before = options_.by_name && old.size() > 1 ? in_place(old) : old;
    plant(place("ours"), before);
    plant(place("theirs"), before);
    if (workshop_.keep) clear(place("before"));
    if (workshop_.keep) plant(place("before"), before);
    const std::string untouched = fingerprint(place("ours"));
    (void)status();
    const Ran ours = trees::run(g5ksync()), theirs = trees::run(rsync());
    const Outcome wanted = foretell(in_place(source_), before, options_, ::geteuid(), ::getegid());
    compare(wanted, ours, theirs);
    if (options_.dry_run && fingerprint(place("ours")) != untouched) wrong_ += "a dry run touched entries\n";
    if (wrong_.empty() && !options_.dry_run && !wanted.partial) nothing_left_to_do(wanted);
    if (wrong_.empty()) again();
    if (!wrong_.empty()) wrong_ = when + ":\n" + wrong_ + transcript("g5ksync", ours) + transcript("rsync", theirs);
  }

  static std::string transcript(const char* who, const Ran& ran) {
    return std::string(who) + " ended with " + std::to_string(ran.code) + "\n" + ran.err.substr(0, 1'500);
  }

  void note(const std::string& what, const std::string& how) {
    if (!how.empty()) wrong_ += what + ":\n" + how;
  }

  Tree found(const char* name) const { return walk(place(name)); }

  void compare(const Outcome& wanted, const Ran& ours, const Ran& theirs) {
    if (options_.hard_links && wanted.partial) {  // rsync loses its way; g5ksync gives up what should be linked to it
      if (ours.code != 23) wrong_ += "g5ksync should end with 23\n";
      return;
    }
    const Tree of_ours = found("ours");
    const Tree& model = wanted.destination;
    note("g5ksync is not as the model says (model | g5ksync)", difference(model, of_ours));
    const int code = wanted.partial ? 23 : wanted.held ? 25 : 0;
    if (ours.code != code) wrong_ += "g5ksync should end with " + std::to_string(code) + "\n";
    // As a plain user rsync gives up on directories that are closed to their owner.
    const bool gave_up = !root_ && theirs.code == 23;
    if (!wanted.rsync_errs && !gave_up) compare_with_rsync(wanted, of_ours, ours, theirs);
  }

  void compare_with_rsync(const Outcome& wanted, const Tree& of_ours, const Ran& ours, const Ran& theirs) {
    const Tree& model = wanted.destination;
    const Tree of_theirs = found("theirs");
    note("rsync is not as the model says (model | rsync)", difference(model, of_theirs));
    Tree common = of_theirs;
    for (const auto& [path, node] : model)
      if (!node.mtime && common.contains(path)) common.at(path).mtime.reset();
    note("the two differ (rsync | g5ksync)", difference(common, of_ours));
    if (options_.times) referee();
    if (ours.code != theirs.code) wrong_ += "the exit codes differ\n";
    // Which name of an inode is sent and which ones are links to it is the program's choice.
    // What a dry run finds in the way is foretold by one and not by the other.
    if (options_.itemize && !options_.hard_links && !wanted.rsync_hides && (ours.code == 0 || !options_.dry_run))
      note("itemized changes", itemized_difference(theirs.out, ours.out));
    if (options_.sparse && allocated_kib(place("ours")) > allocated_kib(place("theirs")) + kSlackKib)
      wrong_ += "-S: more was allocated than by rsync\n";
  }

  /// rsync, asked about everything that it knows to compare.
  void referee() {
    const std::string below = options_.by_name ? "/src/" : "/";
    if (::access((place("ours") + below).c_str(), F_OK) != 0) return;
    const Ran ran = trees::run({"rsync", "-nacHAXi", "--delete", place("ours") + below, place("theirs") + below});
    note("rsync finds differences", ran.out.substr(0, 1'500) + ran.err.substr(0, 500));
  }

  /// Once more: nothing is written. Not so where every run writes.
  void again() {
    if (options_.ignore_times || !options_.times) return;
    const std::string before = fingerprint(place("ours"));
    (void)trees::run(g5ksync());
    const std::string after = fingerprint(place("ours"));
    if (before != after) wrong_ += "a second run touched entries\n" + changed_lines(before, after);
  }

  /// What `g5ksync status` says, which must change nothing, and count what it lists.
  Reading status() {
    Options asked = options_;
    asked.itemize = true;
    asked.dry_run = asked.extra_goes = asked.sparse = false;
    asked.max_delete.reset();
    const std::string before = fingerprint(place("ours"));
    const Ran ran = trees::run(g5ksync(options_.checksum ? "verify" : "status", asked));
    const Reading said = read_status(ran.out);
    std::string how;
    if (fingerprint(place("ours")) != before) how += "it touched entries\n";
    if (said.listed != said.missing + said.different || said.listed_there != said.only_there)
      how += "it does not count what it lists\n";
    const int code = said.same() ? 0 : 43;
    if (ran.code != code && ran.code != 23) how += "it should end with " + std::to_string(code) + "\n";
    if (!how.empty()) note("status", how + ran.out.substr(0, 1'500) + transcript("status", ran));
    return said;
  }

  /// After a push without problems. Not so where every run writes.
  void nothing_left_to_do(const Outcome& wanted) {
    if (options_.ignore_times || !options_.times) return;
    const Reading left = status();
    if (left.listed > 0) wrong_ += "status finds " + std::to_string(left.listed) + " entries to write after a push\n";
    if (options_.extra_goes && !wanted.held && left.only_there > 0)
      wrong_ += "status finds " + std::to_string(left.only_there) + " entries only there after a push --delete\n";
  }

  const Workshop& workshop_;
  Dice dice_;
  bool root_;
  Options options_;
  Soil soil_;
  Tree source_;
  std::string wrong_;
};

}  // namespace

std::string judge(const Workshop& workshop, std::uint64_t seed) { return Case(workshop, seed).run(); }

}  // namespace g5ksync::trees
