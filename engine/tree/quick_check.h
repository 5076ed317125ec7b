// Comparing an entry with what is at the destination, and rsync's itemized change strings (rsync(1), -i).
#pragma once

#include <optional>
#include <string>

#include "engine/tree/entry.h"

namespace g5ksync::tree {

/// Which attributes a run preserves. Those that are off never count as a difference and are never set.
struct AttributeMask {
  bool mode = true, mtime = true, owner = false, group = false, devices = false, specials = true, symlinks = true;
  friend bool operator==(const AttributeMask&, const AttributeMask&) = default;
};

/// Whether a run with `mask` deals with files of this type at all.
bool covered(fs::FileType type, const AttributeMask& mask);
/// `time` in whole units of `unit` nanoseconds since the epoch, downwards; a unit of a second or more cuts to seconds.
fs::FileTime cut_time(fs::FileTime time, std::uint64_t unit);

/// What makes a regular file's content count as different, besides its size.
enum class ContentCheck {
  quick,      // another mtime
  size_only,  // nothing: files of one size are the same
  always,     // being there at all
  sum,        // the sum of a file of the same size: compare() leaves open what decided() then says
};

/// Entries that a run leaves as they are at the destination.
struct PassOver {
  bool newer = false;     // --update: regular files that are newer there
  bool missing = false;   // --existing: what is not there yet
  bool existing = false;  // --ignore-existing: what is there already, but for directories
};

/// Whether nothing is done about `entry`, and nothing about what lies in it.
bool passed_over(const FileEntry& entry, const std::optional<fs::Stat>& there, const PassOver& rules);

/// As an entry's uid or gid: whatever it is there, it is not compared and not set.
inline constexpr std::uint32_t kLeaveId = UINT32_MAX;

/// How a destination entry differs. Times are compared cut to `time_unit` nanoseconds (the coarser of both ends).
struct Difference {
  bool missing = false;  // nothing there
  bool type = false;     // something of another type is there
  bool content = false;  // regular files: size, or what ContentCheck says; symlinks: target; devices: sort or rdev;
                         // specials: a fifo for a socket, or the reverse
  bool size = false, mtime = false, mode = false, owner = false, group = false;
  bool undecided = false;      // ContentCheck::sum: of the same size, and not empty; content counts as the same so far
  bool by_sum = false;         // ContentCheck::sum: content that differs is itemized with a 'c'
  bool transfer_time = false;  // new content in a run without -t: its mtime will be the time of the transfer
  bool any() const { return missing || type || content || mtime || mode || owner || group; }
  /// Regular files: the bytes must be fetched.
  bool needs_content() const { return missing || type || content; }
};

/// `there` is nothing where the destination has no such name; `target` is the destination's link target for symlinks.
Difference compare(const FileEntry& entry, const std::optional<fs::Stat>& there, const std::string& target,
                   const AttributeMask& mask, std::uint64_t time_unit, ContentCheck check = ContentCheck::quick);

/// `difference` once it is known whether the content is the same.
Difference decided(Difference difference, bool same_content, const AttributeMask& mask);

/// rsync's 11 characters for a transfer to a remote host, e.g. "<f+++++++++", "<f.st......", "cd+++++++++",
/// ".d..t......"; empty where nothing differs.
std::string itemize(const FileEntry& entry, const Difference& difference);

}  // namespace g5ksync::tree
