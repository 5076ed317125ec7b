// The file system seam and the one confinement layer: everything that the project does to files goes through a
// Directory. No other code hands a path string to a system call.
//
// A Directory is an open directory. Names are single components (check_name); the leaf is never followed if it is a
// symbolic link; deeper paths are resolved beneath the directory (openat2 RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
// RESOLVE_NO_SYMLINKS, or a walk with O_NOFOLLOW where the kernel has no openat2). Linux openat2(2).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace g5ksync::fs {

enum class FileType : std::uint8_t {
  regular = 1,
  directory = 2,
  symlink = 3,
  fifo = 4,
  socket = 5,
  char_device = 6,
  block_device = 7,
};

struct FileTime {
  std::int64_t seconds = 0;  // since the epoch, may be negative
  std::uint32_t nanos = 0;   // < 10^9
  friend auto operator<=>(const FileTime&, const FileTime&) = default;
};

/// What lstat says. `mode` is the lower 12 bits.
struct Stat {
  FileType type = FileType::regular;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;
  FileTime mtime, ctime;
  std::uint64_t dev = 0, ino = 0, nlink = 1, rdev = 0;
};

/// Which attributes a call sets. Owner is set before the mode (chown clears setid bits).
struct Attributes {
  bool set_mode = false, set_mtime = false, set_uid = false, set_gid = false;
  std::uint32_t mode = 0, uid = 0, gid = 0;
  FileTime mtime;
  bool mtime_now = false;  // with set_mtime: the file server's own clock, whatever `mtime` says
};

inline Attributes only_mtime(FileTime mtime) {
  Attributes attributes;
  attributes.set_mtime = true;
  attributes.mtime = mtime;
  return attributes;
}

/// A file being written beside its final place. Destroying it without commit() removes it.
class TempFile {
 public:
  virtual ~TempFile() = default;
  virtual base::Result<void> write_at(std::uint64_t offset, base::ByteView bytes) = 0;
  /// Reads exactly into.size() bytes unless the file ends first; gives the count.
  virtual base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;
  /// Copies bytes of another file to the same place of this one, where it can inside the file system (shared blocks, a
  /// server's copy). Gives how many: fewer than `length` only if `from` ends.
  virtual base::Result<std::uint64_t> copy_from(const base::Fd& from, std::uint64_t offset, std::uint64_t length) = 0;
  /// Sets the attributes on the held descriptor, then renames onto `name` in the same directory. What was there is
  /// replaced in one step; a directory there is an error and stays. After an error the temp file is still there.
  virtual base::Result<void> commit(const Attributes& attributes, std::string_view name) = 0;
  /// Lets the disk begin with what was written of this part; does not wait for it. A hint.
  virtual void begin_writeback(std::uint64_t offset, std::uint64_t length) = 0;
  /// From now on runs of zeros become holes, where the file system has such.
  virtual void make_sparse() = 0;
  /// Destroying it leaves it where it is, under its temp name.
  virtual void keep() = 0;
  virtual const std::string& temp_name() const = 0;
};

/// Any thread; a Directory has no state but its descriptor.
class Directory {
 public:
  virtual ~Directory() = default;

  /// All names but "." and "..", in no particular order.
  virtual base::Result<std::vector<std::string>> names() const = 0;
  virtual base::Result<Stat> stat(std::string_view name) const = 0;
  /// The directory's own attributes.
  virtual base::Result<Stat> stat_self() const = 0;
  /// `path` is one or more components joined by '/': beneath this directory, no symbolic link anywhere on the way.
  virtual base::Result<std::unique_ptr<Directory>> open_directory(std::string_view path) const = 0;
  /// Opens a regular file for reading (O_NONBLOCK | O_NOFOLLOW; any other type is an error). `path` as above.
  virtual base::Result<base::Fd> open_file(std::string_view path) const = 0;
  /// Whether another file system, or another part of this one, is mounted on the directory `name`.
  virtual base::Result<bool> is_mount_point(std::string_view name) const = 0;
  virtual base::Result<std::string> read_link(std::string_view name) const = 0;

  virtual base::Result<void> make_directory(std::string_view name, std::uint32_t mode) = 0;
  virtual base::Result<void> make_symlink(std::string_view name, std::string_view target) = 0;
  /// A fifo, socket or device.
  virtual base::Result<void> make_node(std::string_view name, FileType type, std::uint32_t mode,
                                       std::uint64_t rdev) = 0;
  /// Another name for what is called `existing` in `holder`, whatever it is but a directory.
  virtual base::Result<void> make_link(std::string_view name, const Directory& holder, std::string_view existing) = 0;
  /// O_EXCL, 0600, in this directory. `temp_name` is the caller's (temp_name() in fs/names.h).
  virtual base::Result<std::unique_ptr<TempFile>> create_temp(std::string_view temp_name) = 0;
  virtual base::Result<void> rename(std::string_view from, std::string_view to) = 0;
  virtual base::Result<void> remove_file(std::string_view name) = 0;
  virtual base::Result<void> remove_directory(std::string_view name) = 0;
  /// On a name that must have `type` (checked on a held descriptor for files and directories; symbolic links and nodes
  /// by *at calls that do not follow).
  virtual base::Result<void> set_attributes(std::string_view name, FileType type, const Attributes& attributes) = 0;
  virtual base::Result<void> set_own_attributes(const Attributes& attributes) = 0;
  /// For make_link() of other directories, and for asking the system what is mounted here.
  virtual int descriptor() const = 0;
};

/// Opens the directory at `path`, which the user named (symbolic links on the way are the user's own).
base::Result<std::unique_ptr<Directory>> open_root(const std::string& path);
/// The same, making the missing directories of `path` first (0777 less the umask).
base::Result<std::unique_ptr<Directory>> open_or_make_root(const std::string& path);

/// A name that may be a component: 1 to 255 bytes, no '/', no NUL, not "." or "..".
base::Result<void> check_name(std::string_view name);

/// Up to into.size() bytes of an open file from `offset` by pread, retrying short reads; fewer only at its end.
base::Result<std::size_t> read_at(const base::Fd& file, std::uint64_t offset, std::span<std::byte> into);
base::Result<Stat> stat_of(const base::Fd& file);

}  // namespace g5ksync::fs
