// What is at the destination and not at the source: found while directories are compared, deleted at the end of the
// run, inside the guards that docs/decisions/0013 explains.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/fs/directory.h"
#include "engine/tree/filter.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

using proto::EntryId;

class Destination;

/// All functions may be called from any thread.
class Deletions {
 public:
  /// Fails on a filter rule that cannot be read.
  static base::Result<std::unique_ptr<Deletions>> make(const proto::Start& start);

  /// Whether this run deletes at all.
  bool wanted() const { return start_.has(proto::run_flag::delete_extra); }
  /// What the run passes over at the destination.
  const tree::FilterRules& rules() const { return rules_; }
  /// `names` are those at the destination, read before anything of this part was made.
  void compare(const proto::ListingPart& part, std::vector<std::string> names);

  /// Removes what is in the directory `name`, which stands where something else shall be, and itself. Fails, removing
  /// nothing, if it is not empty and this run may not empty it. `directory` holds it, and has the id and path given.
  base::Result<void> clear_way(fs::Directory& directory, EntryId id, const std::string& path, const std::string& name);
  /// Fails where clear_way() would, before anything is made that cannot be put there. Where rules protect something in
  /// it, the rest goes now. A dry run says what would be removed.
  base::Result<void> check_way(fs::Directory& directory, EntryId id, const std::string& path, const std::string& name);

  /// Deletes, at the end of the run, or says why not.
  void run(Destination& destination, bool source_failed, const std::atomic<bool>& cancelled, proto::DiskResult& result);

 private:
  struct Extra {
    std::vector<std::string> names;  // sorted
    bool complete = false, empty_source = false;
  };
  struct Doomed {
    EntryId directory = 0;
    std::string path, name;
  };

  explicit Deletions(const proto::Start& start) : start_(start) {}
  bool dry_run() const { return start_.has(proto::run_flag::dry_run); }
  /// Whether a directory with something in it makes way for something else of its name.
  bool may_clear() const;
  base::Result<void> empty_out(fs::Directory& directory, EntryId id, const std::string& path, const std::string& name,
                               bool only_tell);
  bool keeps(const std::string& path, fs::FileType type) const;
  std::vector<Doomed> doomed(Destination& destination, proto::DiskResult& result);
  void hold(Destination& destination, EntryId id, Extra& extra, proto::DiskResult& result);
  void drop_kept(Destination& destination, EntryId id, Extra& extra);
  std::uint64_t count(Destination& destination, const std::vector<Doomed>& doomed);
  void remove(Destination& destination, const Doomed& one, const std::atomic<bool>& cancelled,
              proto::DiskResult& result);
  void tell(EntryId directory, const std::string& path, fs::FileType type, proto::DiskResult& result) const;

  const proto::Start& start_;
  tree::FilterRules rules_;
  std::mutex mutex_;
  std::map<EntryId, Extra> extras_;
  proto::DiskResult cleared_;  // what empty_out() counted and reported
};

}  // namespace g5ksync::app
