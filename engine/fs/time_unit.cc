#include "engine/fs/time_unit.h"

#include <linux/magic.h>
#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <vector>

namespace g5ksync::fs {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::array<std::uint64_t, 6> kUnits{kSecond, 10'000'000, 1'000'000, 1'000, 100, 1};  // coarsest first
constexpr std::size_t kLooks = 64;

/// Even seconds, by the format of its directories.
bool is_fat(const Directory& directory) {
  struct statfs info;
  return ::fstatfs(directory.descriptor(), &info) == 0 && info.f_type == MSDOS_SUPER_MAGIC;
}

}  // namespace

std::uint64_t coarsest_unit(std::span<const FileTime> times) {
  for (const std::uint64_t unit : kUnits)
    if (std::ranges::all_of(times, [unit](const FileTime& time) { return time.nanos % unit == 0; })) return unit;
  return 1;
}

std::uint64_t try_time_unit(Directory& directory, const std::string& temp_name) {
  constexpr FileTime kOdd{1'000'000'001, 123'456'789};
  const auto before = directory.stat_self();
  auto file = directory.create_temp(temp_name);
  if (!file) return 1;  // read-only or full: what matters will say so
  const auto set = directory.set_attributes(temp_name, FileType::regular, only_mtime(kOdd));
  const auto got = directory.stat(temp_name);
  file->reset();
  if (before) (void)directory.set_own_attributes(only_mtime(before->mtime));  // a run may have nothing else to write
  if (!set || !got) return 1;
  const std::uint64_t unit = coarsest_unit({&got->mtime, 1});
  return unit == kSecond && got->mtime.seconds != kOdd.seconds ? 2 * kSecond : unit;
}

std::uint64_t seen_time_unit(const Directory& directory) {
  const auto self = directory.stat_self();
  if (!self) return 1;
  if (is_fat(directory)) return 2 * kSecond;
  std::vector<FileTime> seen{self->mtime, self->ctime};
  if (coarsest_unit(seen) == 1) return 1;
  const auto names = directory.names();
  for (std::size_t i = 0; names && i < std::min(names->size(), kLooks); ++i) {
    const auto there = directory.stat((*names)[i]);
    if (there) seen.insert(seen.end(), {there->mtime, there->ctime});
  }
  return coarsest_unit(seen);
}

}  // namespace g5ksync::fs
