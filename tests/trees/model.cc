#include "tests/trees/model.h"

#include <map>
#include <set>
#include <vector>

namespace g5ksync::trees {
namespace {

constexpr unsigned kUmask = 022;

bool is_device(Type type) { return type == Type::char_device || type == Type::block_device; }
bool is_special(Type type) { return type == Type::fifo || type == Type::socket; }

class Push {
 public:
  Push(const Tree& source, const Tree& destination, const Options& options, std::uint32_t uid, std::uint32_t gid)
      : source_(source), options_(options), uid_(uid), gid_(gid) {
    outcome_.destination = destination;
  }

  Outcome run() {
    for (const auto& [path, entry] : source_)
      if (is_sent(path, entry)) place(path, entry);
    for (const auto& [path, entry] : source_)
      if (entry.type == Type::directory && sent_.contains(path)) finish_directory(path, entry);
    if (options_.extra_goes && !source_failed_) remove_extra();
    return std::move(outcome_);
  }

 private:
  Tree& there() { return outcome_.destination; }

  bool preserved(Type type) const {
    if (type == Type::symlink) return options_.links;
    if (is_device(type)) return options_.devices;
    return !is_special(type) || options_.specials;
  }

  /// Not left out, and in a directory that was entered.
  bool is_sent(const std::string& path, const Node& entry) {
    const bool inside = path.empty() || sent_.contains(parent_of(path));
    const bool given = path.empty() || (options_.by_name && path == "src");
    if (!inside || (!given && left_out(options_, path, entry.type))) return false;
    if (entry.type == Type::directory) sent_.insert(path);
    return preserved(entry.type);
  }

  void place(const std::string& path, const Node& entry) {
    if (path.empty() || lies_below_lost(path)) return;
    const auto found = there().find(path);
    const bool exists = found != there().end();
    if (passed_over(entry, exists ? &found->second : nullptr)) {
      if (entry.type == Type::directory && !(exists && found->second.type == Type::directory)) {
        lost_.insert(path);
        outcome_.rsync_errs |= exists;
      }
      return;
    }
    if (exists && needs_sums(entry, found->second) && is_closed(entry)) return lose();
    if (exists && is_current(entry, found->second)) return set_attributes(path, entry);
    if (!options_.dry_run && is_closed(entry) && !has_current_name(entry)) return lose();
    make(path, entry);
  }

  /// Nobody looks into empty files.
  bool is_closed(const Node& entry) const {
    const bool closed = entry.type == Type::file && (entry.mode & 0400) == 0 && uid_ != 0;
    return closed && !entry.content->empty();
  }

  /// -c, in a dry run too.
  bool needs_sums(const Node& entry, const Node& old) const {
    return options_.checksum && entry.type == Type::file && old.type == Type::file &&
           entry.content->size() == old.content->size();
  }

  /// -H: another name of the file is there as it should be.
  bool has_current_name(const Node& entry) {
    if (!options_.hard_links || entry.group == 0) return false;
    for (const auto& [path, other] : source_) {
      const auto found = there().find(path);
      if (other.group == entry.group && found != there().end() && is_current(other, found->second)) return true;
    }
    return false;
  }

  /// rsync deletes all the same.
  void lose() { outcome_.partial = outcome_.rsync_errs = source_failed_ = true; }

  bool passed_over(const Node& entry, const Node* old) const {
    if (old == nullptr) return options_.existing;
    if (options_.ignore_existing && !(entry.type == Type::directory && old->type == Type::directory)) return true;
    return options_.update && entry.type == Type::file && old->type == Type::file &&
           entry.mtime->seconds < old->mtime->seconds;
  }

  /// Nothing but attributes has to be changed.
  bool is_current(const Node& entry, const Node& old) const {
    if (entry.type != old.type) return false;
    if (entry.type == Type::symlink) return *entry.content == *old.content;
    if (entry.type != Type::file) return entry.rdev == old.rdev;
    if (entry.content->size() != old.content->size()) return false;
    if (options_.checksum) return *entry.content == *old.content;
    if (options_.size_only) return true;
    return !options_.ignore_times && entry.mtime == old.mtime;
  }

  unsigned wanted_mode(const Node& entry) const {
    if (entry.type == Type::directory || options_.chmod.empty()) return entry.mode;
    return (entry.mode & options_.chmod_but) | options_.chmod_or;
  }

  void make(const std::string& path, const Node& entry) {
    const auto old = there().find(path);
    Node made = entry;
    made.group = 0;
    made.mode = options_.perms ? wanted_mode(entry) : wanted_mode(entry) & 0777 & ~kUmask;
    if (!options_.perms && old != there().end() && old->second.type == Type::file && entry.type == Type::file)
      made.mode = old->second.mode;
    else if (!options_.perms && old != there().end() && old->second.type != Type::directory)
      outcome_.rsync_errs = true;
    if (!options_.times) made.mtime.reset();
    if (!options_.owner) made.uid = uid_;
    if (!options_.group) made.gid = gid_;
    inherit(path, made);
    if (old != there().end() && !make_way(path, entry)) return;
    there()[path] = made;
    touch(parent_of(path));
  }

  /// A directory's setgid goes on to the new ones in it. Its group does too, but is set after all.
  void inherit(const std::string& path, Node& made) {
    if (!options_.perms && made.type == Type::directory) made.mode |= there().at(parent_of(path)).mode & 02000;
  }

  /// False: a directory with something in it stays.
  bool make_way(const std::string& path, const Node& entry) {
    if (there().at(path).type != Type::directory || entry.type == Type::directory) return true;
    if (options_.extra_goes && !options_.max_delete) remove_unprotected(path);
    if (has_entries(there(), path)) {
      outcome_.partial = true;
      outcome_.rsync_errs |= options_.max_delete.has_value();  // it empties what is in the way, up to the limit
      return false;
    }
    there().erase(path);
    return true;
  }

  void remove_unprotected(const std::string& directory) {
    std::vector<std::string> below;
    for (const auto& [path, node] : there())
      if (lies_below(path, directory)) below.push_back(path);
    for (auto path = below.rbegin(); path != below.rend(); ++path) {
      if (has_entries(there(), *path) || is_protected(*path, directory)) continue;
      there().erase(*path);
      there().at(parent_of(*path)).mtime.reset();
    }
  }

  /// A rule leaves it out, or a directory that it is in below `directory`.
  bool is_protected(const std::string& path, const std::string& directory) {
    for (std::string at = path; at != directory; at = parent_of(at))
      if (left_out(options_, at, there().at(at).type)) return true;
    return false;
  }

  void set_attributes(const std::string& path, const Node& entry) {
    Node& node = there().at(path);
    const bool new_owner = (options_.owner && node.uid != entry.uid) || (options_.group && node.gid != entry.gid);
    const bool is_node = is_device(node.type) || is_special(node.type);
    outcome_.rsync_hides |= is_node && new_owner && (node.mode & 06000) != 0;
    if (options_.perms && entry.type != Type::symlink) node.mode = wanted_mode(entry);
    if (options_.times) node.mtime = entry.mtime;
    if (options_.owner) node.uid = entry.uid;
    if (options_.group) node.gid = entry.gid;
  }

  void finish_directory(const std::string& path, const Node& entry) {
    const auto node = there().find(path);
    if (lies_below_lost(path) || lost_.contains(path) || node == there().end()) return;
    if (node->second.type == Type::directory && !(path.empty() && options_.by_name)) set_attributes(path, entry);
  }

  bool lies_below_lost(const std::string& path) const {
    for (std::string at = path; !at.empty(); at = parent_of(at))
      if (lost_.contains(parent_of(at))) return true;
    return false;
  }

  /// Something was made or removed in a directory.
  void touch(const std::string& directory) {
    const bool is_set_later = options_.times && sent_.contains(directory) && !(directory.empty() && options_.by_name);
    if (!is_set_later) there().at(directory).mtime.reset();
  }

  void remove_extra() {
    const Tree before = there();
    const std::size_t removed = remove_all_extra();
    if (!options_.max_delete || removed <= *options_.max_delete) return;
    there() = before;
    outcome_.held = outcome_.rsync_errs = true;  // rsync stops at the limit
  }

  /// Gives how many entries went.
  std::size_t remove_all_extra() {
    std::size_t removed = 0;
    std::vector<std::string> extra;
    for (const auto& [path, node] : there())
      if (!path.empty() && is_extra(path, node.type)) extra.push_back(path);
    for (auto path = extra.rbegin(); path != extra.rend(); ++path) {
      if (there().at(*path).type == Type::directory && has_entries(there(), *path))
        continue;  // holds what is protected
      there().erase(*path);
      touch(parent_of(*path));
      ++removed;
    }
    return removed;
  }

  /// Not in a directory that was sent, and no rule protects it or a directory that it is in.
  bool is_extra(const std::string& path, Type type) {
    const std::string parent = parent_of(path);
    if (left_out(options_, path, type)) return false;
    if (options_.by_name && parent.empty()) return false;
    if (sent_.contains(parent)) {
      if (lost_.contains(parent) || lies_below_lost(path)) return false;
      return !source_.contains(path);
    }
    return !parent.empty() && there().contains(parent) && is_extra(parent, Type::directory);
  }

  const Tree& source_;
  const Options& options_;
  const std::uint32_t uid_, gid_;
  Outcome outcome_;
  bool source_failed_ = false;
  std::set<std::string> sent_, lost_;
};

/// -H: names of one inode at the source that were all sent are one inode there.
void link_groups(const Tree& source, Tree& there, const Options& options) {
  std::map<int, std::string> first;
  for (const auto& [path, entry] : source) {
    if (entry.group == 0 || !there.contains(path) || left_out(options, path, entry.type)) continue;
    Node& node = there.at(path);
    if (node.type != Type::file) continue;
    const std::string& leader = first.emplace(entry.group, path).first->second;
    if (leader != path) node = there.at(leader);
    if (node.group == 0) node.group = entry.group + 1'000'000;  // else other names of it stay its names
  }
}

}  // namespace

Outcome foretell(const Tree& source, const Tree& destination, const Options& options, std::uint32_t my_uid,
                 std::uint32_t my_gid) {
  Outcome outcome = Push(source, destination, options, my_uid, my_gid).run();
  if (options.dry_run) outcome.destination = destination;
  if (options.dry_run) return outcome;
  if (options.hard_links) link_groups(source, outcome.destination, options);
  return outcome;
}

}  // namespace g5ksync::trees
