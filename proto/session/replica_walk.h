// The state of a replica's way down the tree; only the files of ReplicaSession include this.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "proto/session/replica_session.h"

namespace g5ksync::proto {

inline constexpr std::size_t kEntriesInHand = 200'000;  // no more listings are asked for while so many wait

/// Level by level: the listings of directories that differ are asked for together, and compared, before those of
/// their subdirectories. So two replicas that have the same ask for the same.
struct ReplicaSession::Walk {
  struct Directory {
    const tree::DigestNode* here = nullptr;  // null: not at the destination
    std::optional<tree::Digest> there;       // as the source says
  };
  DigestRequest rules;
  std::shared_ptr<const tree::DigestTree> tree;  // of what is here
  std::optional<DigestAnswer> root;
  bool begun = false;
  std::size_t listings_asked = 0;            // requests without their answers
  std::map<EntryId, Directory> directories;  // listed by name, and not yet asked for or passed over
  std::vector<EntryId> next;                 // to be asked for when this level is done
};

}  // namespace g5ksync::proto
