#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "proto/codec.h"
#include "proto/compression.h"
#include "proto/frame.h"
#include "tests/fuzz/delta_target.h"
#include "tests/proto/equal.h"
#include "tests/proto/samples.h"

namespace g5ksync::fuzz {
namespace {

using namespace proto;
using base::Bytes;
using base::ByteView;

void require(bool holds, const char* promise) {
  if (!holds) throw std::logic_error(promise);
}

/// The input's first byte chooses; the rest is the input.
std::uint8_t take_choice(ByteView& input) {
  if (input.empty()) return 0;
  const auto choice = static_cast<std::uint8_t>(input.front());
  input = input.subspan(1);
  return choice;
}

Bytes chosen(int choice, ByteView rest) {
  Bytes bytes{static_cast<std::byte>(choice)};
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

// --- frames: the first byte is the size of the pieces ---------------------------------------------------------------

void run_frames(ByteView input) {
  const std::size_t piece = std::size_t{take_choice(input)} * 16 + 1;
  FrameDecoder decoder;
  while (!input.empty()) {
    const std::span<std::byte> space = decoder.space();
    require(!space.empty(), "there is always room");
    const std::size_t count = std::min({piece, input.size(), space.size()});
    std::copy_n(input.begin(), count, space.begin());
    decoder.commit(count);
    input = input.subspan(count);
    for (;;) {
      const auto frame = decoder.next();
      if (!frame) return;
      if (!*frame) break;
      require((*frame)->payload.size() == (*frame)->header.length, "a payload has its announced length");
      require((*frame)->header.length <= kMaxPayload, "a payload is within its cap");
    }
  }
}

std::vector<Bytes> frame_seeds() {
  std::vector<Bytes> seeds;
  Bytes all;
  for (const samples::NamedFrame& frame : samples::frames()) {
    Bytes one;
    encode_frame(frame.header, frame.payload, one);
    all.insert(all.end(), one.begin(), one.end());
    seeds.push_back(chosen(255, one));
  }
  seeds.push_back(chosen(1, all));
  return seeds;
}

// --- control messages: the first byte is the frame type -------------------------------------------------------------

template <class Decode>
void run_message(ByteView payload, Decode decode) {
  const auto message = decode(payload);
  if (!message) return;
  const auto again = decode(encode(*message));
  require(again.has_value() && same(*again, *message), "a message survives its own bytes");
}

void run_messages(ByteView input) {
  switch (static_cast<FrameType>(take_choice(input))) {
    case FrameType::hello:
      return run_message(input, decode_hello);
    case FrameType::start:
      return run_message(input, decode_start);
    case FrameType::ready:
      return run_message(input, decode_ready);
    case FrameType::credit:
      return run_message(input, decode_credit);
    case FrameType::progress:
      return run_message(input, decode_progress);
    case FrameType::report:
      return run_message(input, decode_report);
    case FrameType::finish:
      return run_message(input, decode_finish);
    case FrameType::goodbye:
      return run_message(input, decode_goodbye);
    default:
      return;
  }
}

std::vector<Bytes> message_seeds() {
  std::vector<Bytes> seeds;
  for (const samples::NamedFrame& frame : samples::frames()) {
    if (frame.header.type < FrameType::heartbeat) {
      seeds.push_back(chosen(static_cast<int>(frame.header.type), frame.payload));
    }
  }
  return seeds;
}

// --- requests -------------------------------------------------------------------------------------------------------

void run_request(ByteView input) { run_message(input, decode_request); }

std::vector<Bytes> request_seeds() {
  return {encode(Request(samples::bundle_request())),  encode(Request(samples::ranges_request())),
          encode(Request(samples::sums_request())),    encode(Request(samples::signatures_request())),
          encode(Request(samples::digest_request())),  encode(Request(samples::listings_request())),
          encode(Request(samples::openings_request()))};
}

// --- answers --------------------------------------------------------------------------------------------------------

void run_answer(ByteView input) {
  const auto answer = decode_answer(input);
  if (!answer) return;
  const Bytes bytes = samples::whole_answer(*answer);
  const auto again = decode_answer(bytes);
  require(again.has_value() && same(*again, *answer), "an answer survives its own bytes");
}

std::vector<Bytes> answer_seeds() {
  return {samples::whole_answer(samples::bundle_answer()), samples::whole_answer(samples::ranges_answer()),
          samples::whole_answer(samples::sums_answer()),   samples::whole_answer(samples::signatures_answer()),
          samples::whole_answer(samples::digest_answer()), samples::whole_answer(samples::listings_answer()),
          samples::whole_answer(samples::cannot_serve()),  samples::whole_answer(samples::openings_answer())};
}

// --- the log: the first byte is the size of the pieces --------------------------------------------------------------

std::vector<LogRecord> read_log(LogReader reader, ByteView log, std::size_t piece) {
  std::vector<LogRecord> records;
  while (!log.empty()) {
    const std::size_t count = std::min(piece, log.size());
    reader.feed(log.first(count));
    log = log.subspan(count);
    for (;;) {
      auto record = reader.next();
      if (!record) return records;
      if (!*record) break;
      records.push_back(std::move(**record));
    }
  }
  return records;
}

void run_log(ByteView input) {
  const std::size_t piece = std::size_t{take_choice(input)} * 16 + 1;
  const std::vector<LogRecord> records = read_log(LogReader(), input, piece);
  if (records.empty()) return;
  const auto* root = std::get_if<RootRecord>(&records.front());
  require(root != nullptr, "a log begins with its root");
  Bytes log;
  for (const LogRecord& record : records) append_record(record, root->mask, log);
  const std::vector<LogRecord> again = read_log(LogReader(), log, log.size());
  require(std::equal(again.begin(), again.end(), records.begin(), records.end(),
                     [](const LogRecord& a, const LogRecord& b) { return same(a, b); }),
          "a log survives its own bytes");
}

std::vector<Bytes> log_seeds() {
  const Bytes log = samples::bytes_of(samples::log_records());
  return {chosen(255, log), chosen(0, log)};
}

// --- listings: the size of the pieces, the bits of the mask, the stream ---------------------------------------------

void run_listings(ByteView input) {
  const std::size_t piece = std::size_t{take_choice(input)} * 16 + 1;
  const unsigned bits = take_choice(input);
  const tree::AttributeMask mask{(bits & 1) != 0,  (bits & 2) != 0,  (bits & 4) != 0, (bits & 8) != 0,
                                 (bits & 16) != 0, (bits & 32) != 0, (bits & 64) != 0};
  const std::vector<LogRecord> records = read_log(LogReader(mask), input, piece);
  Bytes stream;
  for (const LogRecord& record : records) append_record(record, mask, stream);
  const std::vector<LogRecord> again = read_log(LogReader(mask), stream, stream.size());
  require(std::equal(again.begin(), again.end(), records.begin(), records.end(),
                     [](const LogRecord& a, const LogRecord& b) { return same(a, b); }),
          "listings survive their own bytes");
}

std::vector<Bytes> listings_seeds() {
  const Bytes stream = samples::bytes_of(samples::listing_records());
  return {chosen(255, chosen(127, stream)), chosen(0, chosen(127, stream))};
}

// --- packed bytes: a byte for zstd or not, the announced length, the bytes ------------------------------------------

void run_unpack(ByteView input) {
  base::ByteReader in(input);
  const bool zstd = (in.u8() & 1) != 0;
  const std::uint32_t raw_length = in.u32();
  static Unpacker unpacker;
  const auto raw = unpacker.unpack(in.raw(in.remaining()), zstd, raw_length, kMaxLogFrameRaw);
  if (raw) require(raw->size() == raw_length, "what is unpacked has its announced length");
}

std::vector<Bytes> unpack_seeds() {
  std::vector<Bytes> seeds;
  Packer packer;
  for (const std::size_t size : {1u, 100u, 3000u}) {
    Bytes raw(size, std::byte{'a'});
    for (std::size_t i = 0; i < size; i += 7) raw[i] = static_cast<std::byte>(i);
    const Packed packed = packer.pack(std::move(raw), 3);
    Bytes seed;
    base::ByteWriter out(seed);
    out.u8(packed.zstd ? 1 : 0);
    out.u32(static_cast<std::uint32_t>(size));
    out.raw(packed.bytes);
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

constexpr std::array kTargets = {
    Target{"frames", run_frames, frame_seeds},
    Target{"messages", run_messages, message_seeds},
    Target{"log", run_log, log_seeds},
    Target{"request", run_request, request_seeds},
    Target{"answer", run_answer, answer_seeds},
    Target{"unpack", run_unpack, unpack_seeds},
    Target{"listings", run_listings, listings_seeds},
    Target{"delta", run_delta, delta_seeds},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace g5ksync::fuzz
