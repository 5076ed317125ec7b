// A directory for one test, and short hands to fill it by plain paths, past the layer under test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/fs/directory.h"

namespace g5ksync::test {

/// Made under $TMPDIR, /dev/shm (in memory: many tests make big trees) or /tmp, mode 0755; removed with all it holds.
class ScratchDir {
 public:
  ScratchDir();
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  const std::string& path() const { return path_; }
  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
  std::unique_ptr<fs::Directory> open() const;

  void file(std::string_view name, std::string_view content = "") const;
  void directory(std::string_view name) const;
  void symlink(std::string_view name, std::string_view target) const;
  std::string content(std::string_view name) const;
  /// lstat finds something.
  bool exists(std::string_view name) const;
  /// The names in it, in byte order, joined by blanks.
  std::string names(std::string_view below = ".") const;

 private:
  std::string path_;
};

/// Runs `body` as user `nobody` in a forked child (at once where the tests do not run as root). `body` gives what went
/// wrong, or nothing.
std::string as_nobody(const std::function<std::string()>& body);

/// A directory chain `depth` levels deep below `root`, each level named `name`, made without long paths; gives the
/// joined path of the deepest, relative to `root`.
std::string make_chain(const std::string& root, const std::string& name, int depth);

}  // namespace g5ksync::test
