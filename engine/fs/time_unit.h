// How exactly a file system keeps the times of its files, in nanoseconds: 1, or what times are cut to.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/fs/directory.h"

namespace g5ksync::fs {

/// The coarsest of a few usual units (a second, 10 ms, 1 ms, 1 us, 100 ns, 1 ns) that all of `times` are whole in.
std::uint64_t coarsest_unit(std::span<const FileTime> times);

/// By a try: makes a file of this name, sets its time, looks, and removes it again; the directory's mtime is put back.
/// 1 where no file can be made.
std::uint64_t try_time_unit(Directory& directory, const std::string& temp_name);

/// By a look at times that are there; changes nothing. What a file system of whole seconds holds has whole seconds in
/// its ctimes too, which nobody but the file system itself can set: one ctime that has more tells that it keeps more.
std::uint64_t seen_time_unit(const Directory& directory);

}  // namespace g5ksync::fs
