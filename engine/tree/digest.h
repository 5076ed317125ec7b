// Merkle digests of directories: two ends that have the same digest of a directory have the same tree below it, as far
// as a run looks at it (R. C. Merkle, "A Digital Signature Based on a Conventional Encryption Function", 1987).
//
// A directory's own digest covers its entries in byte order of their names, without what the run does not deal with:
//
//   for each entry: u8 type; string name; regular files: varint size; zigzag seconds and varint nanos of the mtime, cut
//   to the unit (of regular files always: the quick check looks at it); mode (not of links), owner, group: as the rules
//   say; devices: varint rdev; links: string target
//
// Owners and groups count by name (u8 1, string), or by number (u8 0, varint) where they have none, or are 0.
// The digest of a directory is the sum of its own digest and of the digests of its subdirectories, in the same order.
// The sum is XXH3-128 (seed 0, canonical form). docs/protocol.md has an example.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/tree/entry.h"
#include "engine/tree/quick_check.h"

namespace g5ksync::tree {

using Digest = std::array<std::byte, 16>;

/// What both ends of a comparison leave out of their digests, or make coarser.
struct DigestRules {
  AttributeMask mask;
  std::uint64_t time_unit = 1;  // nanoseconds: the coarser of both ends
  bool owner = true;            // false: the owner cannot be set there, and counts for nothing
  bool group = true;
  friend bool operator==(const DigestRules&, const DigestRules&) = default;
};

/// Of one entry by itself: XXH3-64 (seed 0) of what it adds to its directory's own digest. Two ends that have the same
/// sum have the same entry, as far as a run looks at it.
using EntrySum = std::uint64_t;

/// Takes the entries of one directory, in order. Not thread-safe.
class OwnDigest {
 public:
  explicit OwnDigest(const DigestRules& rules) : rules_(rules) {}
  /// Names are empty where an owner has none, or counts by its number.
  void add(const FileEntry& entry, std::string_view owner_name, std::string_view group_name);
  /// Of the entry that was added last.
  EntrySum last_entry() const;
  /// The directory will be like no other: something in it needs a look in any case. `which_end` differs at both ends.
  void never_equal(std::uint8_t which_end);
  Digest result() const;

 private:
  void put_account(std::uint32_t number, std::string_view name);
  const DigestRules rules_;
  base::Bytes canonical_;
  std::size_t last_at_ = 0;  // where in it the last entry begins
};

/// Of a directory with this own digest, and these digests of its subdirectories in order.
Digest directory_digest(const Digest& own, const std::vector<Digest>& subdirectories);

}  // namespace g5ksync::tree
