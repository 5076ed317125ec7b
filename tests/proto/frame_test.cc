#include "proto/frame.h"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "proto/messages.h"
#include "tests/proto/samples.h"

namespace g5ksync::proto {
namespace {

void push(FrameDecoder& decoder, base::ByteView bytes) {
  while (!bytes.empty()) {
    const std::span<std::byte> space = decoder.space();
    REQUIRE_FALSE(space.empty());
    const std::size_t count = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), count, space.begin());
    decoder.commit(count);
    bytes = bytes.subspan(count);
  }
}

base::Bytes frame_bytes(FrameHeader header, std::size_t payload) {
  base::Bytes bytes;
  encode_frame(header, base::Bytes(payload), bytes);
  return bytes;
}

/// Whether a decoder takes a frame with this header.
bool accepted(FrameHeader header, std::size_t payload = 1) {
  FrameDecoder decoder;
  push(decoder, frame_bytes(header, payload));
  const auto frame = decoder.next();
  return frame.has_value() && frame->has_value();
}

FrameHeader header_of(FrameType type, std::uint32_t stream = 0) {
  FrameHeader header;
  header.type = type;
  header.stream = stream;
  return header;
}

struct Taken {
  FrameHeader header;
  base::Bytes payload;
};

/// All frames of `stream`, given to a decoder in pieces of the sizes that `next_size` tells.
template <class NextSize>
std::vector<Taken> decode_in_pieces(base::ByteView stream, NextSize next_size) {
  std::vector<Taken> taken;
  FrameDecoder decoder;
  while (!stream.empty()) {
    const std::size_t count = std::min(stream.size(), next_size());
    push(decoder, stream.first(count));
    stream = stream.subspan(count);
    for (;;) {
      const auto frame = decoder.next();
      RC_ASSERT(frame.has_value());
      if (!*frame) break;
      taken.push_back({(*frame)->header, base::Bytes((*frame)->payload.begin(), (*frame)->payload.end())});
    }
  }
  return taken;
}

void check_taken(const std::vector<Taken>& taken, const std::vector<samples::NamedFrame>& frames) {
  RC_ASSERT(taken.size() == frames.size());
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const FrameHeader& is = taken[i].header;
    const FrameHeader& was = frames[i].header;
    RC_ASSERT(std::ranges::equal(taken[i].payload, frames[i].payload));  // not ==: it would print a megabyte
    RC_ASSERT(is.type == was.type);
    RC_ASSERT(is.flags == was.flags);
    RC_ASSERT(is.epoch == was.epoch);
    RC_ASSERT(is.stream == was.stream);
    RC_ASSERT(is.raw_length == was.raw_length);
    RC_ASSERT(is.offset == was.offset);
  }
}

TEST_CASE("a stream cut anywhere gives the same frames") {
  auto frames = samples::frames();
  std::size_t most = 100;
  SECTION("short frames in short pieces") {}
  SECTION("the longest frames in all sorts of pieces") {
    most = 300'000;
    frames.push_back({"large", header_of(FrameType::log), base::Bytes(kMaxPayload, std::byte{5})});
    frames.push_back({"less large", header_of(FrameType::log), base::Bytes(kMaxPayload - 1, std::byte{6})});
  }
  base::Bytes stream;
  for (const auto& frame : frames) encode_frame(frame.header, frame.payload, stream);
  CHECK(rc::check("pieces", [&] {
    check_taken(decode_in_pieces(stream, [&] { return *rc::gen::inRange<std::size_t>(1, most); }), frames);
  }));
}

TEST_CASE("a decoder that is emptied holds at most two megabytes") {
  FrameDecoder decoder;
  const base::Bytes frame = frame_bytes(header_of(FrameType::log), kMaxPayload);
  std::size_t most = 0;
  for (int i = 0; i < 20; ++i) {
    for (base::ByteView left = frame; !left.empty();) {
      const std::span<std::byte> space = decoder.space();
      most = std::max(most, space.size());
      const std::size_t count = std::min({space.size(), left.size(), std::size_t{70'001}});
      std::copy_n(left.begin(), count, space.begin());
      decoder.commit(count);
      left = left.subspan(count);
      while (decoder.next().value().has_value()) continue;
    }
  }
  CHECK(most <= std::size_t{2} << 20);
}

TEST_CASE("a header announces no more than its cap") {
  CHECK(accepted(header_of(FrameType::log), kMaxPayload));
  CHECK_FALSE(accepted(header_of(FrameType::log), kMaxPayload + 1));
  CHECK(accepted(header_of(FrameType::report), kMaxControl));
  CHECK_FALSE(accepted(header_of(FrameType::report), kMaxControl + 1));
  CHECK_FALSE(accepted(header_of(FrameType::request, 1), kMaxControl + 1));
  SECTION("before the payload is there") {
    FrameHeader header = header_of(FrameType::hello);
    header.length = 0xffffffff;
    base::Bytes bytes;
    encode_frame_header(header, bytes);
    FrameDecoder decoder;
    push(decoder, bytes);
    CHECK_FALSE(decoder.next().has_value());
    CHECK_FALSE(decoder.next().has_value());
  }
}

TEST_CASE("raw lengths and offsets stay within their caps") {
  FrameHeader log = header_of(FrameType::log);
  log.raw_length = kMaxLogFrameRaw;
  CHECK(accepted(log));
  log.raw_length += 1;
  CHECK_FALSE(accepted(log));
  log.raw_length = 2;
  log.offset = UINT64_MAX - 2;
  CHECK(accepted(log));
  log.offset += 1;
  CHECK_FALSE(accepted(log));

  FrameHeader answer = header_of(FrameType::answer, 1);
  answer.raw_length = kMaxAnswerRaw;
  CHECK(accepted(answer));
  answer.raw_length += 1;
  CHECK_FALSE(accepted(answer));
  answer.raw_length = 0;
  answer.offset = kMaxAnswerRaw - 1;
  CHECK(accepted(answer));
  answer.offset += 1;
  CHECK_FALSE(accepted(answer));
  answer.offset = UINT64_MAX;
  CHECK_FALSE(accepted(answer));
}

TEST_CASE("header members that mean nothing are zero") {
  CHECK_FALSE(accepted(header_of(FrameType::answer)));
  CHECK_FALSE(accepted(header_of(FrameType::request)));
  CHECK_FALSE(accepted(header_of(FrameType::log, 1)));
  CHECK_FALSE(accepted(header_of(FrameType::credit, 1)));
  FrameHeader credit = header_of(FrameType::credit);
  credit.raw_length = 1;
  CHECK_FALSE(accepted(credit));
  credit.raw_length = 0;
  credit.offset = 1;
  CHECK_FALSE(accepted(credit));
  FrameHeader later = header_of(FrameType::answer, 1);
  later.offset = later.raw_length = 1;
  CHECK_FALSE(accepted(later));
  FrameHeader flagged = header_of(FrameType::credit);
  flagged.flags = frame_flag::last;
  CHECK_FALSE(accepted(flagged));
  flagged.flags = frame_flag::zstd;
  CHECK_FALSE(accepted(flagged));
  flagged.flags = 8;
  CHECK_FALSE(accepted(flagged));
}

TEST_CASE("an unknown frame is skipped unless it is critical") {
  FrameHeader unknown = header_of(static_cast<FrameType>(99), 5);
  unknown.flags = 0xf0;
  unknown.offset = UINT64_MAX;
  base::Bytes stream = frame_bytes(unknown, 70'000);
  encode_frame(header_of(FrameType::heartbeat), {}, stream);
  FrameDecoder decoder;
  push(decoder, stream);
  const auto frame = decoder.next();
  REQUIRE((frame.has_value() && frame->has_value()));
  CHECK((*frame)->header.type == FrameType::heartbeat);
  unknown.flags = frame_flag::critical;
  CHECK_FALSE(accepted(unknown));
  CHECK_FALSE(accepted(header_of(static_cast<FrameType>(0))));
}

}  // namespace
}  // namespace g5ksync::proto
