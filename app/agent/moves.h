// Files whose content is at the destination under another name: copied there, not sent.
#pragma once

#include <atomic>
#include <optional>

#include "app/agent/destination.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// On a job's thread.
class Moves {
 public:
  Moves(Destination& destination, const std::atomic<bool>& cancelled)
      : destination_(destination), cancelled_(cancelled) {}

  /// Looks for content with `sum`, and puts a copy of it in the file's place: written, or failed (reported in
  /// `result`). None where it is nowhere to be found. Only bytes with that sum get the file's name.
  std::optional<proto::FileOutcome> bring(const proto::WantedFile& file, const proto::Sum& sum,
                                          proto::DiskResult& result);

 private:
  struct Content {
    std::shared_ptr<const base::Fd> file;
    base::Bytes bytes;  // of a small one: all of it
  };
  std::optional<Content> look(const Elsewhere::Place& place, const proto::Sum& sum);
  base::Result<bool> put(const proto::WantedFile& file, const proto::Sum& sum, const Content& content);
  base::Result<bool> copy(fs::TempFile& temp, const base::Fd& from, std::uint64_t size, const proto::Sum& sum);

  Destination& destination_;
  const std::atomic<bool>& cancelled_;
};

}  // namespace g5ksync::app
