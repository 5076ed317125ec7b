// Log records to bytes; log_reader.cc is the way back.
#include "proto/codec.h"
#include "proto/codec_entry.h"
#include "proto/log_kind.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

/// Writes the body of a record and names its kind.
struct BodyWriter {
  const tree::AttributeMask& mask;
  base::ByteWriter& out;

  RecordKind operator()(const RootRecord& record) const {
    wire::put_mask(out, record.mask);
    out.u8(static_cast<std::uint8_t>(record.sums));
    out.varint(record.epoch);
    out.varint(record.time_unit);
    out.u8(record.own_attributes ? kOwnAttributes : 0);
    if (record.own_attributes)
      put_attributes(out, record.mask, *record.own_attributes, record.owner_name, record.group_name);
    return RecordKind::root;
  }

  RecordKind operator()(const DirectoryRecord& record) const {
    out.varint(record.directory);
    out.varint(record.first_entry);
    out.varint(record.bundle);
    out.varint(record.first_member);
    out.u8(static_cast<std::uint8_t>((record.last ? kLastPart : 0) | (record.complete ? kCompleteListing : 0) |
                                     (record.empty_source ? kEmptySource : 0)));
    out.varint(record.entries.size());
    EntryWriter entries(out, mask);
    for (const ListingEntry& item : record.entries) entries.put(item);
    return RecordKind::directory;
  }

  RecordKind operator()(const BundleEndRecord&) const { return RecordKind::bundle_end; }

  RecordKind operator()(const VersionRecord& record) const {
    out.varint(record.entry);
    out.varint(record.version);
    out.varint(record.size);
    out.zigzag(record.mtime.seconds);
    out.varint(record.mtime.nanos);
    return RecordKind::version;
  }

  RecordKind operator()(const SumRecord& record) const {
    out.varint(record.entry);
    out.varint(record.version);
    wire::put_sum(out, record.sum);
    return RecordKind::sum;
  }

  RecordKind operator()(const UnreadableRecord& record) const {
    out.varint(record.entry);
    wire::put_error(out, record.error, record.sys_errno);
    return RecordKind::unreadable;
  }

  RecordKind operator()(const ListedRecord& record) const {
    out.varint(record.entries);
    out.varint(record.files);
    out.varint(record.bytes);
    out.varint(record.errors);
    return RecordKind::listed;
  }

  RecordKind operator()(const EndRecord&) const { return RecordKind::end; }
};

}  // namespace

void append_record(const LogRecord& record, const tree::AttributeMask& mask, base::Bytes& log) {
  base::Bytes body;
  base::ByteWriter body_out(body);
  const RecordKind kind = std::visit(BodyWriter{mask, body_out}, record);
  base::ByteWriter out(log);
  out.u8(static_cast<std::uint8_t>(kind));
  out.varint(body.size());
  out.raw(body);
}

}  // namespace g5ksync::proto
