// A run's lease on a destination: one small file that says "this run lives", so that other runs leave its temp files
// alone, and may clear them away when it does not.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/fs/directory.h"
#include "engine/fs/process.h"

namespace g5ksync::fs {

/// A lease that has not been renewed for this long, by the file server's clock, is dead.
inline constexpr std::int64_t kLeaseSeconds = 600;

/// Owns ".g5ksync.<run id>.lease" (0600: one line, ProcessIdentity::line()). Removed on destruction; a killed process
/// leaves it behind. `directory` must outlive it. One thread at a time.
class Lease {
 public:
  /// Fails if the file exists.
  static base::Result<Lease> create(Directory& directory, std::string_view run_id);
  /// Sets its mtime to the server's now: once a minute. not_found: somebody took the lease away, and may take this
  /// run's temp files too.
  base::Result<void> renew();
  void release() { file_.reset(); }
  /// It stays behind, and is dead to every other process as soon as this one has ended.
  void leave();

 private:
  Lease(Directory& directory, std::unique_ptr<TempFile> file) : directory_(&directory), file_(std::move(file)) {}
  Directory* directory_;
  std::unique_ptr<TempFile> file_;
};

enum class LeaseState {
  live,     // its temp files are in use
  dead,     // they are leftovers
  unknown,  // cannot be told: leave them
};

/// The state of `run_id`'s lease in `directory`, seen from process `self`. On the same machine its process decides:
/// live while it runs (a laptop may have slept for hours), dead at once when it has ended. Otherwise live while younger
/// than kLeaseSeconds at `now`, dead when older. No lease: dead, since a run makes its lease before its first temp
/// file. A lease that cannot be read is unknown, as is a young one that is cut short (its run died, or is still,
/// writing it).
LeaseState lease_state(const Directory& directory, std::string_view run_id, FileTime now, const ProcessIdentity& self);

/// The file server's clock: the mtime that it gives to a file made just now (`probe_name`: a temp name of this run,
/// made and removed). Immune to clocks that differ between hosts of one NFS server.
base::Result<FileTime> server_now(Directory& directory, std::string_view probe_name);

}  // namespace g5ksync::fs
