#include "tests/trees/grow.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/trees/seeds.h"

namespace g5ksync::trees {
namespace {

constexpr std::size_t kLongestPath = 3'000;

std::vector<std::string> paths_of(const Tree& tree, bool directories) {
  std::vector<std::string> paths;
  for (const auto& [path, node] : tree)
    if ((node.type == Type::directory) == directories && (!path.empty() || directories)) paths.push_back(path);
  return paths;
}

std::string any_directory(const Tree& tree, Dice& dice) {
  auto paths = paths_of(tree, true);
  return dice.pick(paths);
}

/// A name that is free in a directory of the tree; empty where the path would be too long.
std::string free_path(const Tree& tree, Dice& dice) {
  for (int tries = 0; tries < 20; ++tries) {
    std::string path = joined(any_directory(tree, dice), draw_name(dice));
    if (path.size() <= kLongestPath && !tree.contains(path)) return path;
  }
  return {};
}

void add_leaf(Tree& tree, Dice& dice, const Soil& soil) {
  const std::string path = free_path(tree, dice);
  if (!path.empty()) tree[path] = draw_leaf(dice, soil);
}

void add_directory(Tree& tree, Dice& dice, const Soil& soil) {
  const std::string path = free_path(tree, dice);
  if (!path.empty()) tree[path] = draw_directory(dice, soil);
}

void add_chain(Tree& tree, Dice& dice, const Soil& soil) {
  std::string path = any_directory(tree, dice);
  for (std::size_t depth = 3 + dice.below(25); depth > 0 && path.size() < kLongestPath; --depth) {
    path = joined(path, draw_name(dice));
    if (tree.contains(path)) return;
    tree[path] = draw_directory(dice, soil);
  }
}

int new_group(const Tree& tree) {
  int most = 0;
  for (const auto& [path, node] : tree) most = std::max(most, node.group);
  return most + 1;
}

/// One more name for a file (as root or not, links to other types are left to chance).
void add_link(Tree& tree, Dice& dice) {
  auto files = paths_of(tree, false);
  const std::string path = free_path(tree, dice);
  if (files.empty() || path.empty()) return;
  Node& node = tree.at(dice.pick(files));
  if (node.type != Type::file) return;
  if (node.group == 0) node.group = new_group(tree);
  tree[path] = node;
}

/// Applies `change` to every name of the inode.
template <class Change>
void change_inode(Tree& tree, const std::string& path, Change change) {
  const int group = tree.at(path).group;
  change(tree.at(path));
  if (group == 0) return;
  const Node changed = tree.at(path);
  for (auto& [other, node] : tree)
    if (node.group == group) node = changed;
}

void edit(Tree& tree, const std::string& path, Dice& dice, const Soil& soil) {
  const Type type = tree.at(path).type;
  change_inode(tree, path, [&](Node& node) {
    if (type == Type::file) {
      node.content = edited(*node.content, dice);
      node.mtime = draw_time(dice);
    } else {
      const int group = node.group;
      node = draw_leaf(dice, soil);
      node.group = node.type == Type::file ? group : 0;
    }
  });
}

/// Time alone: another second, or only other nanoseconds.
void touch(Node& node, Dice& dice) {
  if (dice.one_in(2))
    node.mtime = draw_time(dice);
  else
    node.mtime->nanos = (node.mtime->nanos + 1'000) % 1'000'000'000;
}

void change_attributes(Tree& tree, const std::string& path, Dice& dice, const Soil& soil) {
  const std::size_t what = dice.below(3);
  change_inode(tree, path, [&](Node& node) {
    if (what == 0) touch(node, dice);
    if (what == 1) node.mode = draw_mode(dice, node.type) & (soil.setgid ? 07777U : 05777U);
    if (what == 2 && soil.owners) node.uid = dice.one_in(2) ? 0 : 4'711;
  });
}

void change_type(Tree& tree, const std::string& path, Dice& dice, const Soil& soil) {
  const bool was_directory = tree.at(path).type == Type::directory;
  remove_branch(tree, path);
  tree[path] = was_directory || dice.one_in(2) ? draw_leaf(dice, soil) : draw_directory(dice, soil);
  if (tree.at(path).type == Type::directory && dice.one_in(2)) tree[joined(path, "inside")] = draw_leaf(dice, soil);
}

void move(Tree& tree, const std::string& from, Dice& dice) {
  const std::string to = free_path(tree, dice);
  if (to.empty() || to == from || lies_below(to, from)) return;
  const bool long_names = from.size() + to.size() > 1'500;  // what is below would get too long
  if (!long_names) move_branch(tree, from, to);
}

void copy(Tree& tree, const std::string& path, Dice& dice) {
  const std::string to = free_path(tree, dice);
  if (to.empty() || tree.at(path).type == Type::directory) return;
  tree[to] = tree.at(path);
  tree[to].group = 0;
}

void happen_to(Tree& tree, const std::string& path, Dice& dice, const Soil& soil) {
  const bool is_directory = tree.at(path).type == Type::directory;
  switch (dice.below(12)) {
    case 0:
      return remove_branch(tree, path);
    case 1:
      return change_type(tree, path, dice, soil);
    case 2:
      return move(tree, path, dice);
    case 3:
      return copy(tree, path, dice);
    case 4:
    case 5:
    case 6:
      return change_attributes(tree, path, dice, soil);
    case 7:
      if (soil.secrets) edit_secretly(tree, path, dice);
      return;
    default:
      return is_directory ? change_attributes(tree, path, dice, soil) : edit(tree, path, dice, soil);
  }
}

std::string any_path(const Tree& tree, Dice& dice) {
  auto paths = paths_of(tree, dice.one_in(4));
  if (paths.empty()) return {};
  return dice.pick(paths);
}

}  // namespace

Tree grow(Dice& dice, const Soil& soil) {
  Tree tree{{"", draw_directory(dice, soil)}};
  for (std::size_t count = dice.below(9); count > 0; --count) add_directory(tree, dice, soil);
  if (dice.one_in(5)) add_chain(tree, dice, soil);
  std::size_t leaves = dice.one_in(10) ? dice.below(3) : 4 + dice.below(30);
  if (dice.one_in(12)) leaves += 60;
  for (; leaves > 0; --leaves) add_leaf(tree, dice, soil);
  if (soil.hard_links)
    for (std::size_t count = 1 + dice.below(6); count > 0; --count) add_link(tree, dice);
  return tree;
}

void mutate(Tree& tree, Dice& dice, const Soil& soil) {
  for (std::size_t count = 1 + dice.below(12); count > 0; --count) {
    const std::string path = any_path(tree, dice);
    if (!path.empty()) happen_to(tree, path, dice, soil);
    if (dice.one_in(4)) add_leaf(tree, dice, soil);
    if (dice.one_in(8)) add_directory(tree, dice, soil);
    if (soil.hard_links && dice.one_in(6)) add_link(tree, dice);
  }
  if (dice.one_in(3)) tree.at("").mtime = draw_time(dice);
}

void disturb(Tree& tree, Dice& dice, const Soil& soil) {
  if (dice.one_in(4)) return;
  mutate(tree, dice, soil);
}

void edit_secretly(Tree& tree, const std::string& path, Dice& dice) {
  change_inode(tree, path, [&](Node& node) {
    if (node.type != Type::file || node.content->empty()) return;
    std::string bytes = *node.content;
    bytes[dice.below(bytes.size())] ^= 0x20;
    node.content = content_of(std::move(bytes));
  });
}

}  // namespace g5ksync::trees
