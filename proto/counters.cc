#include "proto/messages.h"

namespace g5ksync::proto {

Counters& Counters::operator+=(const Counters& more) {
  entries_compared += more.entries_compared;
  files_written += more.files_written;
  bytes_written += more.bytes_written;
  files_skipped += more.files_skipped;
  directories_made += more.directories_made;
  links_made += more.links_made;
  nodes_made += more.nodes_made;
  attributes_set += more.attributes_set;
  problems += more.problems;
  files_wanted += more.files_wanted;
  bytes_wanted += more.bytes_wanted;
  deleted += more.deleted;
  deletions_held += more.deletions_held;
  unsettable += more.unsettable;
  files_copied += more.files_copied;
  bytes_copied += more.bytes_copied;
  missing += more.missing;
  return *this;
}

}  // namespace g5ksync::proto
