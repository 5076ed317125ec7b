// The agent's destination: its root, the directories in it by entry id, and what must be set on them at the end.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/agent/accounts.h"
#include "app/agent/deletions.h"
#include "app/agent/elsewhere.h"
#include "app/agent/leftovers.h"
#include "engine/fs/directory.h"
#include "engine/fs/lease.h"
#include "proto/messages.h"

namespace g5ksync::app {

using proto::EntryId;

/// All functions may be called from any thread.
class Destination {
 public:
  /// Opens, or (but for a dry run) makes, the directory that `start` names. `home` is what relative paths start from.
  static base::Result<std::unique_ptr<Destination>> open(const proto::Start& start, const std::string& home);
  ~Destination();

  bool made_root() const { return made_root_; }
  /// There is nothing yet of what this run brings.
  bool empty() const;
  std::uint64_t time_unit() const { return time_unit_; }
  std::uint32_t umask() const { return umask_; }
  const proto::Start& start() const { return start_; }
  Deletions& deletions() { return *deletions_; }
  Accounts& accounts() { return accounts_; }
  Elsewhere& elsewhere() { return elsewhere_; }

  /// The directory, open. Fails with kind not_found, and no errno, where it is lost: that has been reported before.
  base::Result<std::shared_ptr<fs::Directory>> directory(EntryId id);

  /// Relative to the root, which is the empty path.
  std::string path(EntryId id) const;

  /// What the listing of `parent` says of a subdirectory.
  struct Subdirectory {
    std::string name;
    fs::Attributes attributes;  // to be set at the end
    bool made = false;          // in this run: it is empty
    bool absent = false;        // dry run: it would be made
    bool lost = false;          // it could not, or shall not, be made: everything in it is passed over
    bool mend = false;          // its attributes differ
  };
  void add(EntryId id, EntryId parent, Subdirectory subdirectory);
  /// The root's own attributes are this run's to set: at the end, where they differ or writing has changed them.
  void set_root_attributes(const fs::Attributes& attributes, bool differ);
  /// Nothing can be in it but what this run puts there.
  bool is_new(EntryId id) const;
  /// Something in it was made, replaced or removed: its mtime must be set again.
  void touch(EntryId id);
  /// Gives the owner the right to write into it until the end; true also if that has been done before in this run,
  /// since whoever asks may have been refused just before. False if it cannot be had. The root only where its
  /// attributes are this run's to set.
  bool make_writable(EntryId id);

  /// Under -H: the file with this inode is `owner`'s. False if another has claimed it in this run: the two are names of
  /// one file here, and shall not be.
  bool claim(const fs::Stat& file, std::uint64_t owner);
  /// In a dry run: a file that would get a new inode.
  void note_rewritten(EntryId id);
  bool is_rewritten(EntryId id) const;

  /// Keeps what is to be said of a file until its content is in place.
  void hold(proto::Report change);
  /// What was held of a file, once.
  std::optional<proto::Report> take_held(EntryId id);

  /// Counts what the disk has done, so that one that hangs is told from one that is slow. Any thread.
  void stepped() noexcept { steps_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t steps() const noexcept { return steps_.load(std::memory_order_relaxed); }

  /// A name for a new temp file, which is to be renamed onto `target`; makes the run's lease first.
  std::string new_temp_name(std::string_view target = {});
  void renew_lease();
  /// The run ends early and leaves temp files behind.
  void leave_lease();

  /// Sets the attributes of all directories that need it, deepest first, and clears away dead leases. Errors are given
  /// to `report` by entry.
  void finish(const std::function<void(EntryId, const base::Error&)>& report);

  /// Of dead runs. What was kept of them is removed by finish(), or by this.
  Leftovers& leftovers() { return leftovers_; }
  void remove_leftovers();

 private:
  explicit Destination(const proto::Start& start);
  struct Row {
    EntryId parent = 0;
    Subdirectory subdirectory;
    bool touched = false;
    std::optional<std::uint32_t> former_mode;  // made writable meanwhile
  };
  std::string path_locked(EntryId id) const;
  bool root_is_ours() const;
  void make_lease();
  void drop_leases();
  base::Result<void> finish_one(EntryId id, const Row& row);

  const proto::Start start_;
  std::unique_ptr<Deletions> deletions_;
  Accounts accounts_;
  Elsewhere elsewhere_;
  std::uint32_t umask_ = 022;
  std::uint64_t time_unit_ = 1;
  bool made_root_ = false;
  bool root_is_ours_ = false;            // guarded by mutex_
  std::shared_ptr<fs::Directory> root_;  // null in a dry run to a place that does not exist

  mutable std::mutex mutex_;
  std::unordered_map<EntryId, Row> rows_;
  std::unordered_map<EntryId, std::shared_ptr<fs::Directory>> open_;
  std::deque<EntryId> open_order_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> claims_;
  std::set<EntryId> rewritten_;
  std::unordered_map<EntryId, proto::Report> held_;

  std::once_flag lease_once_;
  std::mutex lease_mutex_;
  std::optional<fs::Lease> lease_;
  struct RootTimes {
    fs::FileTime before, after;
  };
  std::optional<RootTimes> around_lease_;  // the root's mtime as the lease was made
  std::atomic<std::uint32_t> temp_number_{0};
  std::atomic<std::uint64_t> steps_{0};
  Leftovers leftovers_;
};

}  // namespace g5ksync::app
