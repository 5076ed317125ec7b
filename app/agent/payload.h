// What the jobs that write files share.
#pragma once

#include "app/agent/destination.h"
#include "app/agent/entry_writer.h"
#include "engine/delta/whole_file_sum.h"
#include "proto/session/open_answer.h"

namespace g5ksync::app {

/// The answer in a job, on the job's thread.
template <class Kind>
base::Result<proto::OpenAnswer<Kind>> open_answer(const proto::PackedPayload& packed) {
  thread_local proto::Unpacker unpacker;
  return proto::open_answer<Kind>(packed, unpacker);
}

/// The sum of the first `size` bytes of an open file. `changed` where there are fewer, or the run is cancelled.
inline base::Result<proto::Sum> sum_of_file(const base::Fd& file, std::uint64_t size, Destination& destination,
                                            const std::atomic<bool>& cancelled) {
  const auto read = [&](std::uint64_t offset, std::span<std::byte> into) -> base::Result<void> {
    G5K_ASSIGN(const std::size_t count, fs::read_at(file, offset, into));
    destination.stepped();
    if (count == into.size() && !cancelled) return {};
    return base::fail(base::ErrorKind::changed, "the file became shorter");
  };
  G5K_ASSIGN(const auto sum, delta::sum_of(size, read));
  return proto::Sum::xxh3(sum);
}

/// Of a file that was not served whole.
inline proto::FileOutcome outcome_of(proto::Served served) {
  return served == proto::Served::changed ? proto::FileOutcome::changed : proto::FileOutcome::unreadable;
}

/// Of a file whose content is in place. `is_new`: written by this run, not found there.
inline fs::Attributes attributes_of(const proto::WantedFile& file, const Destination& destination, bool is_new = true) {
  fs::Attributes attributes = attributes_for(file.entry->entry, destination.start(), destination.umask(), is_new);
  attributes.mtime = file.mtime;
  return attributes;
}

}  // namespace g5ksync::app
