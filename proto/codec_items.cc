#include "proto/codec_items.h"

#include <algorithm>

#include "proto/wire.h"

namespace g5ksync::proto::items {
namespace {

constexpr std::size_t kSmallestRange = 2;  // gap and length

/// least + the gap that is read, at most `most`.
std::uint64_t get_place(base::ByteReader& in, std::uint64_t least, std::uint64_t most) {
  if (least > most) in.set_failed();
  return least + in.varint_up_to(least > most ? 0 : most - least);
}

}  // namespace

void NameWriter::put(EntryId entry, Version version) {
  out_.varint(entry - next_);
  out_.varint(version);
  next_ = entry + 1;
}

void NameReader::get(EntryId& entry, Version& version) {
  entry = get_place(in_, next_, wire::kMaxNumber);
  version = wire::get_version(in_);
  next_ = entry + 1;
}

std::size_t get_count(base::ByteReader& in, std::size_t smallest_item) {
  const auto count = static_cast<std::size_t>(in.varint_up_to(kMaxItems));
  if (count == 0 || count > in.remaining() / smallest_item) in.set_failed();
  return in.ok() ? count : 0;
}

void put_ranges(base::ByteWriter& out, const std::vector<Range>& ranges) {
  out.varint(ranges.size());
  std::uint64_t next = 0;
  for (const Range& range : ranges) {
    out.varint(range.offset - next);
    out.varint(range.length);
    next = range.offset + range.length + 1;
  }
}

std::vector<Range> get_ranges(base::ByteReader& in, Room& room) {
  const std::uint64_t count = in.varint_up_to(room.ranges);
  if (count == 0 || count > in.remaining() / kSmallestRange) in.set_failed();
  std::vector<Range> ranges;
  if (!in.ok()) return ranges;
  room.ranges -= count;
  ranges.reserve(static_cast<std::size_t>(count));
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    Range& range = ranges.emplace_back();
    range.offset = get_place(in, next, wire::kMaxNumber);
    range.length = in.varint_up_to(std::min(room.length, wire::kMaxNumber - range.offset));
    if (range.length == 0) in.set_failed();
    room.length -= range.length;
    next = range.offset + range.length + 1;
  }
  return ranges;
}

}  // namespace g5ksync::proto::items
