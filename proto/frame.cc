#include "proto/frame.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "proto/messages.h"

namespace g5ksync::proto {
namespace {

constexpr std::size_t kFirstBuffer = std::size_t{64} << 10;
constexpr std::size_t kLeastSpace = std::size_t{16} << 10;
constexpr std::uint8_t kKnownFlags = frame_flag::critical | frame_flag::last | frame_flag::zstd;

FrameHeader parse_header(base::ByteView bytes) {
  base::ByteReader in(bytes);
  FrameHeader header;
  header.length = in.u32();
  header.type = static_cast<FrameType>(in.u8());
  header.flags = in.u8();
  header.epoch = in.u16();
  header.stream = in.u32();
  header.raw_length = in.u32();
  header.offset = in.u64();
  return header;
}

bool is_known(FrameType type) {
  switch (type) {
    case FrameType::hello:
    case FrameType::start:
    case FrameType::ready:
    case FrameType::credit:
    case FrameType::progress:
    case FrameType::report:
    case FrameType::finish:
    case FrameType::goodbye:
    case FrameType::heartbeat:
    case FrameType::log:
    case FrameType::request:
    case FrameType::answer:
    case FrameType::listings:
      return true;
  }
  return false;
}

bool is_skippable(const FrameHeader& header) {
  return !is_known(header.type) && (header.flags & frame_flag::critical) == 0;
}

bool is_stream(FrameType type) { return type == FrameType::log || type == FrameType::listings; }

bool stream_header_valid(const FrameHeader& header) {
  return header.stream == 0 && header.raw_length <= kMaxLogFrameRaw && (header.flags & frame_flag::last) == 0 &&
         header.offset <= UINT64_MAX - header.raw_length;
}

bool answer_header_valid(const FrameHeader& header) {
  const bool fits = header.offset <= kMaxAnswerRaw && header.offset + header.length <= kMaxAnswerRaw;
  const bool length_announced_once = header.offset == 0 ? header.raw_length <= kMaxAnswerRaw : header.raw_length == 0;
  return header.stream != 0 && fits && length_announced_once;
}

/// Control messages and requests: small, and none of the fields for cut or packed payloads.
bool plain_header_valid(const FrameHeader& header) {
  const bool numbered = header.type == FrameType::request;
  return header.length <= kMaxControl && (header.stream != 0) == numbered && header.raw_length == 0 &&
         header.offset == 0 && (header.flags & (frame_flag::last | frame_flag::zstd)) == 0;
}

base::Result<void> check_header(const FrameHeader& header) {
  const auto type = std::to_string(static_cast<unsigned>(header.type));
  if (header.length > kMaxPayload) {
    return base::fail(base::ErrorKind::protocol, "a frame announces " + std::to_string(header.length) + " bytes");
  }
  if (is_skippable(header)) return {};
  if (!is_known(header.type)) return base::fail(base::ErrorKind::protocol, "unknown frame type " + type);
  const bool valid =
      (header.flags & ~kKnownFlags) == 0 && (is_stream(header.type)             ? stream_header_valid(header)
                                             : header.type == FrameType::answer ? answer_header_valid(header)
                                                                                : plain_header_valid(header));
  if (!valid) return base::fail(base::ErrorKind::protocol, "a frame of type " + type + " has a malformed header");
  return {};
}

}  // namespace

void encode_frame_header(const FrameHeader& header, base::Bytes& out) {
  base::ByteWriter writer(out);
  writer.u32(header.length);
  writer.u8(static_cast<std::uint8_t>(header.type));
  writer.u8(header.flags);
  writer.u16(header.epoch);
  writer.u32(header.stream);
  writer.u32(header.raw_length);
  writer.u64(header.offset);
}

void encode_frame(const FrameHeader& header, base::ByteView payload, base::Bytes& out) {
  out.reserve(out.size() + kFrameHeader + payload.size());
  FrameHeader filled = header;
  filled.length = static_cast<std::uint32_t>(payload.size());
  encode_frame_header(filled, out);
  base::ByteWriter(out).raw(payload);
}

// The buffer doubles only when what it holds fills it, so a peer that announces much and sends little costs little;
// it stops at 2 MiB, since a caller that empties next() leaves less than one frame here.
std::span<std::byte> FrameDecoder::space() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && buffer_.size() - end_ < buffer_.size() / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kLeastSpace) buffer_.resize(std::max(kFirstBuffer, buffer_.size() * 2));
  return std::span(buffer_).subspan(end_);
}

void FrameDecoder::commit(std::size_t count) { end_ += std::min(count, buffer_.size() - end_); }

base::Result<std::optional<Frame>> FrameDecoder::next() {
  while (end_ - begin_ >= kFrameHeader) {
    const base::ByteView held = base::ByteView(buffer_).subspan(begin_, end_ - begin_);
    const FrameHeader header = parse_header(held);
    G5K_TRY(check_header(header));
    if (held.size() - kFrameHeader < header.length) break;
    begin_ += kFrameHeader + header.length;
    if (!is_skippable(header)) return Frame{header, held.subspan(kFrameHeader, header.length)};
  }
  return std::nullopt;
}

}  // namespace g5ksync::proto
