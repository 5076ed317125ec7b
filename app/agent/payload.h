// What the jobs that write files share.
#pragma once

#include "app/agent/destination.h"
#include "app/agent/entry_writer.h"
#include "proto/session/open_answer.h"

namespace g5ksync::app {

/// The answer in a job, on the job's thread.
template <class Kind>
base::Result<proto::OpenAnswer<Kind>> open_answer(const proto::PackedPayload& packed) {
  thread_local proto::Unpacker unpacker;
  return proto::open_answer<Kind>(packed, unpacker);
}

/// Of a file that was not served whole.
inline proto::FileOutcome outcome_of(proto::Served served) {
  return served == proto::Served::changed ? proto::FileOutcome::changed : proto::FileOutcome::unreadable;
}

/// Of a file whose content is written.
inline fs::Attributes attributes_of(const proto::WantedFile& file, const Destination& destination) {
  fs::Attributes attributes = attributes_for(file.entry->entry, destination.start(), destination.umask(), true);
  attributes.mtime = file.mtime;
  return attributes;
}

}  // namespace g5ksync::app
