// Frames: what travels on a stream between two peers. docs/protocol.md draws the bytes.
//
// A frame is a 24-byte header and up to 1 MiB of payload:
//
//    0  u32 length      bytes of payload that follow, at most kMaxPayload
//    4  u8  type        FrameType
//    5  u8  flags       FrameFlag
//    6  u16 epoch       the assignment that the frame belongs to; 0 where the origin is the parent
//    8  u32 stream      answers and requests: the request's number; 0 elsewhere
//   12  u32 raw_length  log, listings and the first frame of an answer: bytes once unpacked; 0 elsewhere
//   16  u64 offset      log, listings: where the unpacked bytes start in that stream; answers: where the payload starts
//   in the
//                       (packed) answer; 0 elsewhere
//
// An answer of more than kMaxPayload bytes is cut into several frames; the last carries FrameFlag::last.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

namespace g5ksync::proto {

inline constexpr std::size_t kFrameHeader = 24;
inline constexpr std::size_t kMaxPayload = std::size_t{1} << 20;
inline constexpr std::size_t kMaxControl = std::size_t{64} << 10;  // payload of any control message

enum class FrameType : std::uint8_t {
  hello = 1,
  start = 2,
  ready = 3,
  credit = 8,
  progress = 9,
  report = 10,
  finish = 11,
  goodbye = 12,
  heartbeat = 13,
  log = 16,
  request = 17,
  answer = 18,
  listings = 19,
};

namespace frame_flag {
inline constexpr std::uint8_t critical = 1;  // a receiver that does not know the type must give up, else it skips it
inline constexpr std::uint8_t last = 2;      // the last frame of an answer
inline constexpr std::uint8_t zstd = 4;      // the payload (of the whole answer) is one zstd frame
}  // namespace frame_flag

struct FrameHeader {
  std::uint32_t length = 0;
  FrameType type = FrameType::heartbeat;
  std::uint8_t flags = frame_flag::critical;
  std::uint16_t epoch = 0;
  std::uint32_t stream = 0;
  std::uint32_t raw_length = 0;
  std::uint64_t offset = 0;
};

struct Frame {
  FrameHeader header;
  base::ByteView payload;  // points into the decoder: valid until its next call
};

void encode_frame(const FrameHeader& header, base::ByteView payload, base::Bytes& out);
/// Only the header: for payloads that are shared between receivers and sent from where they are.
void encode_frame_header(const FrameHeader& header, base::Bytes& out);

/// Cuts a stream of bytes into frames. Holds at most one frame. Not thread-safe.
class FrameDecoder {
 public:
  /// Room for the next bytes from the wire; at least one byte. Fill a prefix of it and call commit().
  std::span<std::byte> space();
  void commit(std::size_t count);
  /// The next whole frame, or nothing when more bytes are needed. After an error (a length over its cap, an unknown
  /// type that is critical) the stream is useless. Unknown types without the critical flag are skipped here.
  base::Result<std::optional<Frame>> next();

 private:
  base::Bytes buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace g5ksync::proto
