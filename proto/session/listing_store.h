// All listings of a publication: as a stream for those who want all of them, one by one with digests for the others.
#pragma once

#include <deque>
#include <map>
#include <span>
#include <vector>

#include "engine/tree/digest.h"
#include "proto/messages.h"
#include "proto/session/log_stream.h"

namespace g5ksync::proto {

/// Not thread-safe, but for own_digest().
class ListingStore {
 public:
  explicit ListingStore(const tree::AttributeMask& mask) : mask_(mask) {}

  /// Of a directory with these entries. One that could not be read whole is like no other.
  static tree::Digest own_digest(std::span<const ListingEntry> entries, bool complete, const tree::DigestRules& rules);

  /// Takes a whole listing, of any length. `own`: its digest by the mask alone. A directory's listing is added before
  /// those of its subdirectories.
  void add(DirectoryRecord listing, const tree::Digest& own);
  void end(const ListedRecord& totals);

  LogStream& stream() { return stream_; }
  const LogStream& stream() const { return stream_; }
  /// Once all is added. Fails with kind protocol if that directory was never added.
  base::Result<tree::Digest> digest(EntryId directory, const tree::DigestRules& rules);
  base::Result<base::Bytes> answer(const ListingsRequest& request);

 private:
  struct Part {
    std::uint64_t offset = 0;  // of the record's body in the stream
    std::size_t length = 0;
    std::vector<EntryId> subdirectories;
  };
  struct Directory {
    std::vector<Part> parts;
    tree::Digest own{};
    bool complete = true;
  };
  using Digests = std::map<EntryId, tree::Digest>;
  void append(const DirectoryRecord& part, Directory& directory);
  const Digests& digests(const tree::DigestRules& rules);
  tree::Digest own_by(const Directory& directory, const tree::DigestRules& rules) const;

  const tree::AttributeMask mask_;
  LogStream stream_{LogStream::Raw::keep};
  std::map<EntryId, Directory> directories_;
  std::deque<std::pair<tree::DigestRules, Digests>> digests_;  // those asked for last, newest first
};

}  // namespace g5ksync::proto
