// What the jobs that write files share.
#pragma once

#include <algorithm>

#include "app/agent/destination.h"
#include "app/agent/entry_writer.h"
#include "engine/delta/whole_file_sum.h"
#include "proto/compression.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

inline base::Result<base::Bytes> unpack(const proto::PackedPayload& answer) {
  thread_local proto::Unpacker unpacker;
  return unpacker.unpack(answer.bytes, answer.zstd, answer.raw_length, proto::kMaxAnswerRaw);
}

inline proto::Sum as_sum(const delta::Sum128& bytes) {
  proto::Sum sum;
  std::copy(bytes.begin(), bytes.end(), sum.bytes.begin());
  return sum;
}

/// Of a file whose content is written.
inline fs::Attributes attributes_of(const proto::WantedFile& file, const Destination& destination) {
  fs::Attributes attributes = attributes_for(file.entry->entry, destination.start(), destination.umask(), true);
  attributes.mtime = file.mtime;
  return attributes;
}

}  // namespace g5ksync::app
