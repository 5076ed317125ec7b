// Runs a replica session's jobs on the destination.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "app/agent/delta_files.h"
#include "app/agent/destination.h"
#include "engine/delta/whole_file_sum.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// run() may be called from many threads at once.
class Disk {
 public:
  /// `executor`: searches of large files spread over it.
  explicit Disk(Destination& destination, base::Executor* executor = nullptr)
      : destination_(destination), deltas_(destination, executor, cancelled_) {}
  proto::DiskResult run(proto::DiskJob job);
  /// From now on jobs return at once, without doing anything.
  void cancel() { cancelled_.store(true); }
  /// The run ends before its FinishJob, and no job runs any more: large parts of files stay for the next run; all go
  /// where the disk is full.
  void stop_early();

 private:
  /// A file that arrives in ranges.
  struct Download {
    explicit Download(std::uint64_t size) : sum(size) {}
    std::mutex mutex;  // of `file` being made
    std::unique_ptr<fs::TempFile> file;
    std::atomic<std::uint64_t> written{0};  // bytes
    delta::OrderedSum sum;
  };
  using DownloadKey = std::pair<EntryId, proto::Version>;

  void run(const proto::RootJob& job, proto::DiskResult& result);
  void run(const proto::DigestJob& job, proto::DiskResult& result);
  void run(const proto::CompareJob& job, proto::DiskResult& result);
  void run(const proto::LinkJob& job, proto::DiskResult& result);
  void run(proto::WriteBundleJob& job, proto::DiskResult& result);
  void run(const proto::WriteRangesJob& job, proto::DiskResult& result);
  void run(const proto::CommitJob& job, proto::DiskResult& result);
  void run(const proto::SumsJob& job, proto::DiskResult& result) { deltas_.run(job, result); }
  void run(const proto::SignaturesJob& job, proto::DiskResult& result) { deltas_.run(job, result); }
  void run(const proto::LiteralsJob& job, proto::DiskResult& result) { deltas_.run(job, result); }
  void run(const proto::AbandonJob& job, proto::DiskResult& result);
  void run(const proto::FinishJob& job, proto::DiskResult& result);

  /// Adds the changes that have come about with this result.
  void tell_written(proto::DiskResult& result);
  base::Result<void> write_ranges(const proto::WriteRangesJob& job, proto::DiskResult& result);
  base::Result<std::shared_ptr<Download>> download_of(const proto::WantedFile& file);

  Destination& destination_;
  std::atomic<bool> cancelled_{false}, full_{false};
  DeltaFiles deltas_;
  std::mutex downloads_mutex_;
  std::map<DownloadKey, std::shared_ptr<Download>> downloads_;
};

}  // namespace g5ksync::app
