#include <algorithm>

#include "proto/codec.h"
#include "proto/codec_entry.h"
#include "proto/log_kind.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

constexpr std::size_t kMaxLengthBytes = 3;  // of a varint up to kMaxRecord
static_assert(kMaxRecord < std::uint64_t{1} << (7 * kMaxLengthBytes));

struct RecordHeader {
  std::uint8_t kind = 0;
  std::size_t size = 0, body_size = 0;  // of the header; of what follows
};

/// Nothing where the header is not whole yet.
base::Result<std::optional<RecordHeader>> parse_header(base::ByteView bytes) {
  std::size_t end = 1;
  while (end < bytes.size() && end <= kMaxLengthBytes && (static_cast<std::uint8_t>(bytes[end]) & 0x80) != 0) ++end;
  if (end > kMaxLengthBytes) return wire::malformed("log record: its length");
  if (end >= bytes.size()) return std::nullopt;
  base::ByteReader in(bytes.first(end + 1));
  RecordHeader header;
  header.kind = in.u8();
  header.size = end + 1;
  header.body_size = static_cast<std::size_t>(in.varint_up_to(kMaxRecord));
  if (!in.ok()) return wire::malformed("log record: its length");
  return header;
}

base::Result<RootRecord> decode_root(base::ByteReader in) {
  RootRecord record;
  record.mask = wire::get_mask(in);
  record.sums = wire::get_algorithm(in);
  record.epoch = static_cast<std::uint16_t>(in.varint_up_to(UINT16_MAX));
  record.time_unit = wire::get_time_unit(in);
  if ((wire::get_bits(in, kOwnAttributes) & kOwnAttributes) != 0) {
    fs::Stat stat;
    stat.type = fs::FileType::directory;
    get_attributes(in, record.mask, stat, record.owner_name, record.group_name);
    record.own_attributes = stat;
  }
  return wire::finish(in, record, "RootRecord");
}

base::Result<DirectoryRecord> decode_directory(base::ByteReader in, const tree::AttributeMask& mask) {
  DirectoryRecord record;
  record.directory = in.varint_up_to(wire::kMaxNumber);
  record.first_entry = wire::get_entry_id(in);
  record.bundle = in.varint_up_to(wire::kMaxNumber);
  record.first_member = wire::get_u32(in, kBundleMembers - 1);
  const std::uint8_t flags = wire::get_bits(in, kLastPart | kCompleteListing | kEmptySource);
  record.last = (flags & kLastPart) != 0;
  record.complete = (flags & kCompleteListing) != 0;
  record.empty_source = (flags & kEmptySource) != 0;
  const std::uint64_t count = in.varint_up_to(in.remaining() / kSmallestEntry);
  const bool numbered_after_parent = record.first_entry > record.directory;
  if (!numbered_after_parent || record.first_entry > wire::kMaxNumber - count) in.set_failed();
  if (!in.ok()) return wire::malformed("DirectoryRecord");
  record.entries.reserve(static_cast<std::size_t>(count));
  EntryReader entries(in, mask);
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) entries.get(record.entries);
  return wire::finish(in, std::move(record), "DirectoryRecord");
}

base::Result<VersionRecord> decode_version(base::ByteReader in) {
  VersionRecord record;
  record.entry = wire::get_entry_id(in);
  record.version = wire::get_version(in);
  if (record.version == 1) in.set_failed();  // that is the listing's
  record.size = in.varint_up_to(wire::kMaxNumber);
  record.mtime.seconds = in.zigzag();
  record.mtime.nanos = wire::get_nanos(in);
  return wire::finish(in, record, "VersionRecord");
}

base::Result<SumRecord> decode_sum(base::ByteReader in) {
  SumRecord record;
  record.entry = wire::get_entry_id(in);
  record.version = wire::get_version(in);
  record.sum = wire::get_sum(in);
  return wire::finish(in, record, "SumRecord");
}

base::Result<UnreadableRecord> decode_unreadable(base::ByteReader in) {
  UnreadableRecord record;
  record.entry = wire::get_entry_id(in);
  wire::get_error(in, record.error, record.sys_errno);
  return wire::finish(in, record, "UnreadableRecord");
}

base::Result<ListedRecord> decode_listed(base::ByteReader in) {
  ListedRecord record;
  record.entries = in.varint();
  record.files = in.varint();
  record.bytes = in.varint();
  record.errors = in.varint();
  return wire::finish(in, record, "ListedRecord");
}

base::Result<LogRecord> decode_body(RecordKind kind, base::ByteView body, const tree::AttributeMask& mask) {
  base::ByteReader in(body);
  const auto widen = [](auto record) { return LogRecord(std::move(record)); };
  switch (kind) {
    case RecordKind::root:
      return decode_root(in).map(widen);
    case RecordKind::directory:
      return decode_directory(in, mask).map(widen);
    case RecordKind::bundle_end:
      return wire::finish(in, BundleEndRecord{}, "BundleEndRecord").map(widen);
    case RecordKind::version:
      return decode_version(in).map(widen);
    case RecordKind::sum:
      return decode_sum(in).map(widen);
    case RecordKind::unreadable:
      return decode_unreadable(in).map(widen);
    case RecordKind::listed:
      return decode_listed(in).map(widen);
    case RecordKind::end:
      return wire::finish(in, EndRecord{}, "EndRecord").map(widen);
  }
  return wire::malformed("log: an unknown kind of record");
}

}  // namespace

base::Result<DirectoryRecord> decode_listing(base::ByteView body, const tree::AttributeMask& mask) {
  return decode_directory(base::ByteReader(body), mask);
}

void LogReader::feed(base::ByteView raw) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  buffer_.insert(buffer_.end(), raw.begin(), raw.end());
}

base::Result<void> LogReader::check_order(RecordKind kind) const {
  if (ended_) return wire::malformed("log: bytes after its end");
  const bool listing = kind == RecordKind::directory || kind == RecordKind::bundle_end || kind == RecordKind::listed;
  const bool optional = (static_cast<std::uint8_t>(kind) & kOptionalKind) != 0;
  if (!optional && listing != (stream_ == Stream::listings)) return wire::malformed("log: a record of another stream");
  if (stream_ == Stream::log && (kind == RecordKind::root) == mask_.has_value())
    return wire::malformed("log: one RootRecord comes first");
  return {};
}

base::Result<std::optional<LogRecord>> LogReader::next() {
  while (begin_ < buffer_.size()) {
    const base::ByteView held = base::ByteView(buffer_).subspan(begin_);
    G5K_ASSIGN(const std::optional<RecordHeader> header, parse_header(held));
    const auto kind = static_cast<RecordKind>(held.front());
    const bool optional = (static_cast<std::uint8_t>(kind) & kOptionalKind) != 0;
    G5K_TRY(check_order(kind));
    if (!header || held.size() - header->size < header->body_size) break;
    const base::ByteView body = held.subspan(header->size, header->body_size);
    if (!optional) {
      G5K_ASSIGN(LogRecord record, decode_body(kind, body, mask_.value_or(tree::AttributeMask{})));
      begin_ += header->size + header->body_size;
      if (const auto* root = std::get_if<RootRecord>(&record)) mask_ = root->mask;
      ended_ = kind == RecordKind::end || kind == RecordKind::listed;
      return record;
    }
    begin_ += header->size + header->body_size;
  }
  return std::nullopt;
}

}  // namespace g5ksync::proto
