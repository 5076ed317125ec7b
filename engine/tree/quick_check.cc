#include "engine/tree/quick_check.h"

#include <utility>

namespace g5ksync::tree {
namespace {

using fs::FileType;

bool is_special(FileType type) { return type == FileType::fifo || type == FileType::socket; }
bool is_device(FileType type) { return type == FileType::char_device || type == FileType::block_device; }

/// A fifo and a socket are of one kind to rsync, and so are the two sorts of devices.
bool same_kind(FileType a, FileType b) {
  return a == b || (is_special(a) && is_special(b)) || (is_device(a) && is_device(b));
}

bool passes(ContentCheck check, bool same_time) {
  return check == ContentCheck::size_only || check == ContentCheck::sum || (check == ContentCheck::quick && same_time);
}

bool same_content(const FileEntry& entry, const fs::Stat& there, const std::string& target, bool passes_check) {
  switch (entry.stat.type) {
    case FileType::regular:
      return entry.stat.size == there.size && passes_check;
    case FileType::symlink:
      return entry.link_target == target;
    case FileType::char_device:
    case FileType::block_device:
      return entry.stat.type == there.type && entry.stat.rdev == there.rdev;
    default:
      return entry.stat.type == there.type;
  }
}

char type_letter(FileType type) {
  if (type == FileType::directory) return 'd';
  if (type == FileType::symlink) return 'L';
  if (is_device(type)) return 'D';
  return is_special(type) ? 'S' : 'f';
}

/// What happens: '<' bytes go to a remote host, 'c' something is made there, '.' only attributes are set.
char update_letter(FileType type, const Difference& difference) {
  if (type == FileType::regular) return difference.needs_content() ? '<' : '.';
  return difference.missing || difference.type || difference.content ? 'c' : '.';
}

}  // namespace

bool covered(FileType type, const AttributeMask& mask) {
  if (type == FileType::symlink) return mask.symlinks;
  if (is_device(type)) return mask.devices;
  return !is_special(type) || mask.specials;
}

fs::FileTime cut_time(fs::FileTime time, std::uint64_t unit) {
  constexpr std::uint64_t second = 1'000'000'000;
  if (unit <= 1) return time;
  if (unit < second) return {time.seconds, static_cast<std::uint32_t>(time.nanos - time.nanos % unit)};
  const auto seconds = static_cast<std::int64_t>(unit / second);
  const std::int64_t over = ((time.seconds % seconds) + seconds) % seconds;
  return {time.seconds - over, 0};
}

bool passed_over(const FileEntry& entry, const std::optional<fs::Stat>& there, const PassOver& rules) {
  if (!there) return rules.missing;
  const FileType type = entry.stat.type;
  const bool both_directories = type == FileType::directory && there->type == FileType::directory;
  if (rules.existing && !both_directories) return true;
  // Whole seconds, as rsync counts here.
  return rules.newer && type == FileType::regular && there->type == type &&
         entry.stat.mtime.seconds < there->mtime.seconds;
}

Difference compare(const FileEntry& entry, const std::optional<fs::Stat>& there, const std::string& target,
                   const AttributeMask& mask, std::uint64_t time_unit, ContentCheck check) {
  Difference difference;
  const FileType type = entry.stat.type;
  if (!covered(type, mask)) return difference;
  difference.missing = !there;
  difference.type = there && !same_kind(there->type, type);
  if (!there || difference.type) return difference;
  const bool same_time = cut_time(entry.stat.mtime, time_unit) == cut_time(there->mtime, time_unit);
  difference.content = !same_content(entry, *there, target, passes(check, same_time));
  difference.size = type == FileType::regular && entry.stat.size != there->size;
  difference.by_sum = check == ContentCheck::sum && type == FileType::regular;
  difference.undecided = difference.by_sum && !difference.content && entry.stat.size > 0;
  difference.mtime = mask.mtime && !same_time;
  difference.transfer_time = !mask.mtime && difference.content;
  difference.mode = mask.mode && type != FileType::symlink && entry.stat.mode != there->mode;
  difference.owner = mask.owner && entry.stat.uid != kLeaveId && entry.stat.uid != there->uid;
  difference.group = mask.group && entry.stat.gid != kLeaveId && entry.stat.gid != there->gid;
  return difference;
}

Difference decided(Difference difference, bool same_content, const AttributeMask& mask) {
  if (!std::exchange(difference.undecided, false) || same_content) return difference;
  difference.content = true;
  difference.transfer_time = !mask.mtime;
  return difference;
}

std::string itemize(const FileEntry& entry, const Difference& difference) {
  if (!difference.any()) return {};
  const FileType type = entry.stat.type;
  std::string text{update_letter(type, difference), type_letter(type)};
  if (difference.missing || difference.type) return text.append(9, '+');
  text += difference.content && (type != FileType::regular || difference.by_sum) ? 'c' : '.';
  text += difference.size ? 's' : '.';
  text += difference.mtime ? 't' : difference.transfer_time ? 'T' : '.';
  text += difference.mode ? 'p' : '.';
  text += difference.owner ? 'o' : '.';
  text += difference.group ? 'g' : '.';
  return text.append(3, '.');
}

}  // namespace g5ksync::tree
