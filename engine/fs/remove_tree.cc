#include "engine/fs/remove_tree.h"

#include <cerrno>
#include <vector>

namespace g5ksync::fs {
namespace {

constexpr int kDeepest = 4096;
constexpr std::uint32_t kOwnerAll = 0700;

/// No directory is held open while another is dealt with: a tree may be deeper than there are descriptors.
class Remover {
 public:
  Remover(Directory& base, const TreeRemoval& how) : base_(base), how_(how) {}

  bool run(const std::string& name) {
    const Found found = look(base_, name, name);
    if (found == Found::directory && !contents(name, 1)) return false;
    return found == Found::nothing || (found != Found::stays && remove(base_, name, name, found));
  }

 private:
  enum class Found { nothing, stays, file, directory };

  bool cancelled() const { return how_.cancelled != nullptr && how_.cancelled->load(std::memory_order_relaxed); }

  Found fail(const std::string& path, base::Error error) {
    how_.failed(path, std::move(error));
    return Found::stays;
  }

  /// `step` in a directory, and once more when its owner had no right to it and has given it to himself.
  template <class Step>
  auto with_access(Directory& directory, Step step) -> decltype(step()) {
    auto done = step();
    if (done || done.error().sys_errno != EACCES || how_.only_tell || &directory == &base_) return done;
    const auto now = directory.stat_self();
    if (!now || (now->mode & kOwnerAll) == kOwnerAll) return done;
    Attributes attributes;
    attributes.set_mode = true;
    attributes.mode = now->mode | kOwnerAll;
    if (directory.set_own_attributes(attributes)) done = step();
    return done;
  }

  Found look(Directory& parent, const std::string& name, const std::string& path) {
    const auto stat = with_access(parent, [&] { return parent.stat(name); });
    if (!stat) return stat.error().sys_errno == ENOENT ? Found::nothing : fail(path, stat.error());
    type_ = stat->type;
    if (how_.keeps(path, stat->type)) return Found::stays;
    if (stat->type != FileType::directory) return Found::file;
    const auto mounted = parent.is_mount_point(name);
    if (!mounted) return fail(path, mounted.error());
    if (*mounted) return fail(path, {base::ErrorKind::io, EBUSY, "a file system is mounted there"});
    return Found::directory;
  }

  bool remove(Directory& parent, const std::string& name, const std::string& path, Found what) {
    if (!how_.only_tell) {
      const auto removed = with_access(
          parent, [&] { return what == Found::directory ? parent.remove_directory(name) : parent.remove_file(name); });
      if (!removed && removed.error().sys_errno != ENOENT) {
        fail(path, removed.error());
        return false;
      }
    }
    how_.gone(path, what == Found::directory ? FileType::directory : type_);
    return true;
  }

  /// All that is in the directory at `path`; true if it is empty now.
  bool contents(const std::string& path, int depth) {
    if (depth > kDeepest) {
      fail(path, {base::ErrorKind::io, 0, "directories are nested too deep"});
      return false;
    }
    std::vector<std::string> directories;
    bool all = files(path, directories);
    std::vector<std::string> emptied;
    for (std::string& name : directories) {
      if (contents(path + "/" + name, depth + 1))
        emptied.push_back(std::move(name));
      else
        all = false;
    }
    if (emptied.empty()) return all;
    const auto opened = base_.open_directory(path);
    if (!opened) return fail(path, opened.error()) != Found::stays;
    for (const std::string& name : emptied)
      all = !cancelled() && remove(**opened, name, path + "/" + name, Found::directory) && all;
    return all;
  }

  /// Removes what is no directory, and names those that are. False if something stays.
  bool files(const std::string& path, std::vector<std::string>& directories) {
    auto opened = base_.open_directory(path);
    if (!opened) return fail(path, opened.error()) != Found::stays;
    Directory& directory = **opened;
    auto names = with_access(directory, [&] { return directory.names(); });
    if (!names) return fail(path, names.error()) != Found::stays;
    bool all = true;
    for (std::string& name : *names) {
      if (cancelled()) return false;
      const std::string inner = path + "/" + name;
      const Found found = look(directory, name, inner);
      if (found == Found::directory)
        directories.push_back(std::move(name));
      else if (found == Found::stays || (found == Found::file && !remove(directory, name, inner, found)))
        all = false;
    }
    return all;
  }

  Directory& base_;
  const TreeRemoval& how_;
  FileType type_ = FileType::regular;  // of what look() saw last
};

}  // namespace

bool remove_tree(Directory& directory, const std::string& name, const TreeRemoval& how) {
  return Remover(directory, how).run(name);
}

}  // namespace g5ksync::fs
