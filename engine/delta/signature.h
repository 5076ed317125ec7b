// Signatures on the wire: made by the source, read by the replica. Layout: scheme.h and docs/protocol.md.
#pragma once

#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/delta/scheme.h"

namespace g5ksync::delta {

/// Appends the entries of consecutive blocks. `data` is exactly these blocks; only the file's last one may be short. An
/// entry depends on its block alone. `level` is an index into levels_for(new_size). Pure, any thread.
void append_signature(base::Bytes& out, std::uint64_t new_size, unsigned level, base::ByteView data);
void append_signature(base::Bytes& out, const Level& level, base::ByteView data);

/// One entry, taken apart. A block of equal bytes says so, and has no anchor.
struct BlockSignature {
  std::uint64_t sum = 0;     // masked to the level's sum_bytes
  std::uint32_t anchor = 0;  // hash of the anchor window, masked to what the locator holds
  std::uint32_t offset = 0;  // of the anchor in the block
  bool run = false;
  std::byte byte{};  // of a run
};

/// Reads an entry of `level` from the front of `in`; `protocol` error if an anchor does not lie in a whole block.
base::Result<BlockSignature> read_signature(base::ByteReader& in, const Level& level);

/// The sum of a block, masked to the level's bits.
std::uint64_t block_sum(base::ByteView block, const Level& level);
/// The hash of a window of 32 bytes, masked to the level's bits.
std::uint32_t anchor_hash(base::ByteView window, const Level& level);

}  // namespace g5ksync::delta
