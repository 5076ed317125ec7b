#include "tests/trees/tree.h"

#include <cstdio>
#include <set>
#include <vector>

namespace g5ksync::trees {
namespace {

constexpr int kMostLines = 20;

const char* name_of(Type type) {
  static constexpr const char* kNames[] = {"file", "directory", "symlink", "fifo", "socket", "char", "block"};
  return kNames[static_cast<int>(type)];
}

/// The smallest name of each path's inode.
std::map<std::string, std::string> leaders(const Tree& tree) {
  std::map<int, std::string> first;
  std::map<std::string, std::string> all;
  for (const auto& [path, node] : tree)
    all[path] = node.group == 0 ? path : first.emplace(node.group, path).first->second;
  return all;
}

std::string describe(const Node& node) {
  char text[160];
  const Time time = node.mtime.value_or(Time{});
  std::snprintf(text, sizeof text, "%s mode %04o owner %u:%u time %lld.%09u size %zu", name_of(node.type), node.mode,
                node.uid, node.gid, static_cast<long long>(time.seconds), time.nanos,
                node.content ? node.content->size() : 0);
  return text;
}

std::string content_difference(const Node& wanted, const Node& found) {
  if (!wanted.content || *wanted.content == *found.content) return {};
  if (wanted.type == Type::symlink) return " target " + shown(*wanted.content) + "|" + shown(*found.content);
  std::size_t at = 0;
  while (at < std::min(wanted.content->size(), found.content->size()) && (*wanted.content)[at] == (*found.content)[at])
    ++at;
  return " content from byte " + std::to_string(at);
}

std::string difference(const Node& wanted, const Node& found) {
  if (wanted.type != found.type) return " type";
  std::string text = content_difference(wanted, found);
  if (wanted.type != Type::symlink && wanted.mode != found.mode) text += " mode";
  if (wanted.mtime && found.mtime && *wanted.mtime != *found.mtime) text += " mtime";
  if (wanted.uid != found.uid || wanted.gid != found.gid) text += " owner";
  if (wanted.rdev != found.rdev) text += " device number";
  return text;
}

}  // namespace

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

bool lies_below(const std::string& path, const std::string& directory) {
  if (directory.empty()) return !path.empty();
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

bool has_entries(const Tree& tree, const std::string& directory) {
  for (auto at = tree.upper_bound(directory); at != tree.end() && at->first.starts_with(directory); ++at)
    if (lies_below(at->first, directory)) return true;
  return false;
}

void remove_branch(Tree& tree, const std::string& path) {
  std::erase_if(tree, [&](const auto& entry) { return entry.first == path || lies_below(entry.first, path); });
}

void move_branch(Tree& tree, const std::string& from, const std::string& to) {
  std::vector<std::pair<std::string, Node>> moved;
  for (const auto& [path, node] : tree)
    if (path == from || lies_below(path, from)) moved.emplace_back(to + path.substr(from.size()), node);
  remove_branch(tree, from);
  for (auto& [path, node] : moved) tree[path] = std::move(node);
}

Tree wrapped(const Tree& tree, const std::string& name, const Node& root) {
  Tree outer{{"", root}};
  for (const auto& [path, node] : tree) outer[path.empty() ? name : name + "/" + path] = node;
  return outer;
}

std::string difference(const Tree& wanted, const Tree& found) {
  std::string text;
  int lines = 0;
  const auto line = [&](const std::string& path, const std::string& what) {
    if (++lines <= kMostLines) text += "  " + shown(path.empty() ? "." : path) + ": " + what + "\n";
  };
  const auto wanted_leaders = leaders(wanted), found_leaders = leaders(found);
  for (const auto& [path, node] : wanted) {
    const auto there = found.find(path);
    if (there == found.end()) {
      line(path, "missing: " + describe(node));
      continue;
    }
    const std::string how = difference(node, there->second);
    if (!how.empty()) line(path, "differs in" + how + ": " + describe(node) + " | " + describe(there->second));
    if (wanted_leaders.at(path) != found_leaders.at(path))
      line(path, "is one with " + shown(found_leaders.at(path)) + ", not with " + shown(wanted_leaders.at(path)));
  }
  for (const auto& [path, node] : found)
    if (!wanted.contains(path)) line(path, "too much: " + describe(node));
  if (lines > kMostLines) text += "  and " + std::to_string(lines - kMostLines) + " more\n";
  return text;
}

std::string shown(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    char escaped[5];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
    text += byte < 0x20 || byte > 0x7e || c == '"' || c == '\\' ? escaped : std::string(1, c);
  }
  return text.size() > 120 ? text.substr(0, 100) + "...(" + std::to_string(bytes.size()) + " bytes)" : text;
}

}  // namespace g5ksync::trees
