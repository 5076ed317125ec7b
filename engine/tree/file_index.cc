#include "engine/tree/file_index.h"

#include <algorithm>
#include <tuple>

namespace g5ksync::tree {

void FileIndex::add(EntryId directory, const FileEntry& entry) {
  if (entry.stat.type != fs::FileType::regular || entry.stat.size < kSmallest) return;
  if (files_.size() == kMostFiles || names_.size() + entry.name.size() >= kMostNameBytes) return;
  files_.push_back({entry.stat.size, directory, static_cast<std::uint32_t>(entry.stat.mtime.seconds),
                    static_cast<std::uint32_t>(names_.size())});
  names_.append(entry.name.c_str(), entry.name.size() + 1);
}

std::span<const FileIndex::File> FileIndex::of_size(std::uint64_t size) const {
  std::call_once(sorted_, [this] {
    std::ranges::sort(files_, {}, [](const File& file) { return std::tuple(file.size, file.seconds, file.name_at); });
  });
  return {std::ranges::lower_bound(files_, size, {}, &File::size),
          std::ranges::upper_bound(files_, size, {}, &File::size)};
}

}  // namespace g5ksync::tree
