// What is at the destination under any name: where to look for the content of a file that is wanted.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/fd.h"
#include "engine/tree/digest_scan.h"
#include "proto/messages.h"

namespace g5ksync::app {

/// All functions may be called from any thread. Until know() there is nothing anywhere.
class Elsewhere {
 public:
  /// What a scan found; once, before anything is compared.
  void know(std::shared_ptr<const tree::DigestTree> there) { there_ = std::move(there); }

  /// A file of `size` is wanted; a file of `basis_size` (0: none) has its name. True if another one may have its
  /// content: then files of that size that this run replaces stay readable until settled() has been called for each
  /// that is wanted.
  bool expect(std::uint64_t size, std::uint64_t basis_size);
  void settled(std::uint64_t size);
  /// Whether hold() may have to do something.
  bool expecting() const { return expecting_.load(std::memory_order_relaxed) > 0; }
  /// `name` in `directory`, which has this path, is about to be replaced.
  void hold(const fs::Directory& directory, const std::string& path, const std::string& name);

  /// Who looks for a file of this size holds its turn, so that none is read twice.
  std::unique_lock<std::mutex> turn(std::uint64_t size) { return std::unique_lock(turns_[size % kTurns]); }

  struct Place {
    const tree::FileIndex::File* file;
    bool has_sum = false;  // it had the sum that is looked for; otherwise nobody has read it yet
  };
  /// Where to look, likely places first: those of the same time, and of these those of the same name. At most kPlaces
  /// that have to be read.
  std::vector<Place> places(const std::string& name, std::uint64_t size, fs::FileTime mtime, const proto::Sum& sum);
  /// The file there now, if it has still its size.
  std::shared_ptr<const base::Fd> open(const fs::Directory& root, const Place& place);
  void remember(const Place& place, const proto::Sum& sum);

 private:
  using File = tree::FileIndex::File;
  static constexpr std::size_t kTurns = 16;
  static constexpr std::size_t kPlaces = 4;

  std::shared_ptr<const tree::DigestTree> there_;
  std::array<std::mutex, kTurns> turns_;
  std::atomic<std::size_t> expecting_{0};
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::size_t> expected_;  // wanted files by size
  std::unordered_map<const File*, std::shared_ptr<const base::Fd>> held_;
  std::unordered_map<const File*, proto::Sum> sums_;
  std::multimap<std::array<std::byte, 32>, const File*> by_sum_;
};

}  // namespace g5ksync::app
