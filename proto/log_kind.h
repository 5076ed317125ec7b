// The kinds of log records; no other folder includes this. A record is its kind (u8), the varint length of its body,
// the body. Who does not know a kind skips the record if the kind has kOptionalKind, and gives up if not.
#pragma once

#include <cstdint>

namespace g5ksync::proto {

enum class RecordKind : std::uint8_t {
  root = 1,
  directory = 2,
  bundle_end = 3,
  version = 4,
  sum = 5,
  unreadable = 6,
  listed = 7,
  end = 8,
};
inline constexpr std::uint8_t kOptionalKind = 0x80;

// Flags of a RootRecord and of a DirectoryRecord.
inline constexpr std::uint8_t kOwnAttributes = 1;
inline constexpr std::uint8_t kLastPart = 1, kCompleteListing = 2, kEmptySource = 4;

}  // namespace g5ksync::proto
