// Temp files that dead runs left at the destination: small ones go at once, large ones are kept until the end of the
// run, since the files that they were to become may still be wanted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/fs/directory.h"
#include "engine/fs/lease.h"
#include "proto/messages.h"

namespace g5ksync::app {

/// All functions may be called from any thread.
class Leftovers {
 public:
  static constexpr std::uint64_t kLarge = std::uint64_t{1} << 20;  // bytes; also of the files that they may serve

  struct Part {
    std::string name;
    std::uint64_t size = 0;
  };

  /// `root` may be null. `probe_name`: a new temp name, for a look at the file server's clock.
  Leftovers(std::string run_id, const std::shared_ptr<fs::Directory>& root, std::function<std::string()> probe_name)
      : run_id_(std::move(run_id)), root_(root), probe_name_(std::move(probe_name)) {}

  /// Of `names` in `directory`: removes what dead runs left and is small; gives how many.
  int clear(proto::EntryId id, fs::Directory& directory, const std::vector<std::string>& names);
  /// What is left of a file that was to get this name, and was this large: the largest parts first, a few at most.
  std::vector<Part> of(proto::EntryId directory, const std::string& name, std::uint64_t size) const;
  /// All that were kept, by directory, to be removed; none are kept then.
  std::map<proto::EntryId, std::vector<Part>> take_all();
  /// Those of dead runs; whether there were any.
  bool remove_leases();
  /// Whether the root was written into to look at the file server's clock.
  bool probed() const;

 private:
  bool is_leftover(const fs::Directory& directory, const std::string& name);

  const std::string run_id_;
  const std::shared_ptr<fs::Directory>& root_;
  const std::function<std::string()> probe_name_;
  mutable std::mutex mutex_;
  fs::FileTime server_now_;
  std::unordered_map<std::string, fs::LeaseState> runs_;  // by run id
  std::map<proto::EntryId, std::vector<Part>> kept_;
};

}  // namespace g5ksync::app
