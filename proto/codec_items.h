// What requests with items, and their answers, have in common; no other folder includes this.
//
//   count   varint  1 to kMaxItems
//   items:
//     gap     varint  the entry less the least one that it could have: 1 for the first, the entry before + 1
//     version varint
//     …               what is the kind's own
//
//   ranges: count varint, 1 or more; for each of them
//     gap     varint  the offset less the least one that it could have: 0 for the first, the end before + 1
//     length  varint  1 or more
//
// Nothing that is out of order, doubled or touching can be written so. As in proto/wire.h, the put functions trust
// their values, and the get functions leave the reader failed.
#pragma once

#include <vector>

#include "engine/base/bytes.h"
#include "proto/messages.h"

namespace g5ksync::proto::items {

/// The bytes of the shortest item of each kind: no count is believed that the bytes left cannot hold.
inline constexpr std::size_t kSmallestSum = 2, kSmallestRanges = 5, kSmallestSignatures = 6, kSmallestServed = 3;

class NameWriter {
 public:
  explicit NameWriter(base::ByteWriter& out) : out_(out) {}
  void put(EntryId entry, Version version);

 private:
  base::ByteWriter& out_;
  EntryId next_ = 1;
};

class NameReader {
 public:
  explicit NameReader(base::ByteReader& in) : in_(in) {}
  void get(EntryId& entry, Version& version);

 private:
  base::ByteReader& in_;
  EntryId next_ = 1;
};

/// How many items follow; 0, and the reader failed, where that cannot be.
std::size_t get_count(base::ByteReader& in, std::size_t smallest_item);

/// What the ranges of one request may still have.
struct Room {
  std::uint64_t ranges = kMaxRanges, length = 0;
};
void put_ranges(base::ByteWriter& out, const std::vector<Range>& ranges);
std::vector<Range> get_ranges(base::ByteReader& in, Room& room);

}  // namespace g5ksync::proto::items
