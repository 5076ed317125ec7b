// Messages to bytes and back. Decoders take hostile bytes: they check every count, length, order and enum before use,
// never allocate more than a small multiple of the bytes given, and reject trailing bytes. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.h"
#include "proto/messages.h"

namespace g5ksync::proto {

enum class RecordKind : std::uint8_t;

base::Bytes encode(const Hello& message);
base::Bytes encode(const Start& message);
base::Bytes encode(const Ready& message);
base::Bytes encode(const Credit& message);
base::Bytes encode(const Counters& message);  // a progress frame
base::Bytes encode(const Report& message);
base::Bytes encode(const Finish& message);
base::Bytes encode(const Goodbye& message);

base::Result<Hello> decode_hello(base::ByteView payload);
base::Result<Start> decode_start(base::ByteView payload);
base::Result<Ready> decode_ready(base::ByteView payload);
base::Result<Credit> decode_credit(base::ByteView payload);
base::Result<Counters> decode_progress(base::ByteView payload);
base::Result<Report> decode_report(base::ByteView payload);
base::Result<Finish> decode_finish(base::ByteView payload);
base::Result<Goodbye> decode_goodbye(base::ByteView payload);

/// Appends one record (kind, varint length, body) to the log. Entries are written as `mask` says; a DirectoryRecord
/// over kMaxRecord must have been split by the caller (record_size_bound helps).
void append_record(const LogRecord& record, const tree::AttributeMask& mask, base::Bytes& log);
/// Upper bounds of a DirectoryRecord's bytes without its entries, and of one entry's.
inline constexpr std::size_t kDirectoryBound = 64;
std::size_t entry_size_bound(const ListingEntry& entry);

/// The body of a DirectoryRecord.
base::Result<DirectoryRecord> decode_listing(base::ByteView body, const tree::AttributeMask& mask);

/// Reads records out of the bytes of the log, or of the stream of listings, as they come, in any cuts. The log begins
/// with a RootRecord and ends with an EndRecord, the listings end with a ListedRecord; each has its own kinds of
/// records. After an error next() gives that error again. Not thread-safe.
class LogReader {
 public:
  LogReader() = default;  // of the log
  /// Of listings whose entries carry what `mask` says.
  explicit LogReader(const tree::AttributeMask& mask) : stream_(Stream::listings), mask_(mask) {}
  void feed(base::ByteView raw);
  /// The next whole record, or nothing when more bytes are needed.
  base::Result<std::optional<LogRecord>> next();

 private:
  enum class Stream { log, listings };
  base::Result<void> check_order(RecordKind kind) const;
  Stream stream_ = Stream::log;
  base::Bytes buffer_;
  std::size_t begin_ = 0;
  std::optional<tree::AttributeMask> mask_;
  bool ended_ = false;
};

base::Bytes encode(const Request& request);
base::Result<Request> decode_request(base::ByteView payload);

/// The unpacked bytes of an answer up to where its data begins: append the data to them.
base::Bytes encode_answer_header(const Answer& answer);
/// The most that the header of an answer about so many items (or members) can have.
constexpr std::uint64_t answer_header_bound(std::uint64_t items) { return 64 + 56 * items; }
/// The data member points into `raw`. Checks that the sizes of a bundle's members add up to the bytes that are there;
/// for other kinds the request tells how many must be: proto/match.h.
base::Result<Answer> decode_answer(base::ByteView raw);

}  // namespace g5ksync::proto
