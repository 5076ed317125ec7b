// Regular files on disk by their size: one that has the size of a file that is wanted may have its content.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tree/entry.h"

namespace g5ksync::tree {

/// Bounded: files past the bounds are not in it.
class FileIndex {
 public:
  static constexpr std::size_t kMostFiles = 1'000'000;
  static constexpr std::size_t kMostNameBytes = std::size_t{64} << 20;
  static constexpr std::uint64_t kSmallest = 1024;  // bytes; a smaller file is sent as cheaply as its sum

  struct File {
    std::uint64_t size;
    EntryId directory;      // in the numbering of who added it
    std::uint32_t seconds;  // of the mtime, the low 32 bits
    std::uint32_t name_at;
  };

  /// Smaller files and other types are passed over. One thread at a time.
  void add(EntryId directory, const FileEntry& entry);

  /// In the order of their mtimes. Any thread, once all have been added.
  std::span<const File> of_size(std::uint64_t size) const;
  std::string_view name(const File& file) const { return names_.data() + file.name_at; }

 private:
  mutable std::once_flag sorted_;
  mutable std::vector<File> files_;
  std::string names_;  // each ends with NUL
};

}  // namespace g5ksync::tree
