// A tree of files as plain data: what a test wants on the disk, what it found there, what a run should leave there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace g5ksync::trees {

enum class Type { file, directory, symlink, fifo, socket, char_device, block_device };

struct Time {
  std::int64_t seconds = 0;
  std::uint32_t nanos = 0;
  friend bool operator==(const Time&, const Time&) = default;
  friend auto operator<=>(const Time&, const Time&) = default;
};

using Content = std::shared_ptr<const std::string>;
inline Content content_of(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

struct Node {
  Type type = Type::directory;
  Content content;            // of a file; the target of a symlink
  unsigned mode = 0755;       // 12 bits; of no meaning for symlinks
  std::optional<Time> mtime;  // nothing: whenever it was written, which nobody can foretell
  std::uint32_t uid = 0, gid = 0;
  dev_t rdev = 0;  // devices
  int group = 0;   // names of one inode share a number; 0: the inode's only name
};

/// Paths relative to the root, "" being the root itself; the parents of a path are always there, as directories.
using Tree = std::map<std::string, Node>;

std::string parent_of(const std::string& path);
std::string joined(const std::string& directory, const std::string& name);
/// `path` lies below `directory`; everything but the root lies below "".
bool lies_below(const std::string& path, const std::string& directory);
bool has_entries(const Tree& tree, const std::string& directory);
void remove_branch(Tree& tree, const std::string& path);
/// Puts `from` and what is below it to `to`, where nothing is.
void move_branch(Tree& tree, const std::string& from, const std::string& to);
/// A root that holds nothing but `tree`, under `name`.
Tree wrapped(const Tree& tree, const std::string& name, const Node& root);

/// How two trees differ, a line each, at most 20; empty where they do not. A time that nobody can foretell equals all.
std::string difference(const Tree& wanted, const Tree& found);

/// A name or path for people: control bytes, quotes and all that is not ASCII as \xNN.
std::string shown(const std::string& bytes);

}  // namespace g5ksync::trees
