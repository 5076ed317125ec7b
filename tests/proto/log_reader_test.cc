#include <catch2/catch.hpp>
#include <string>

#include "tests/proto/equal.h"
#include "tests/proto/generators.h"
#include "tests/proto/samples.h"

namespace g5ksync::proto {
namespace {

base::Bytes log_bytes(const std::vector<LogRecord>& records, const tree::AttributeMask& mask) {
  base::Bytes bytes;
  for (const LogRecord& record : records) append_record(record, mask, bytes);
  return bytes;
}

/// Takes what the reader has; false after an error.
bool drain(LogReader& reader, std::vector<LogRecord>& into) {
  for (;;) {
    auto record = reader.next();
    if (!record) return false;
    if (!*record) return true;
    into.push_back(std::move(**record));
  }
}

TEST_CASE("a log cut anywhere gives the same records") {
  CHECK(rc::check("pieces", [] {
    const tree::AttributeMask mask = any::mask();
    const bool listings = any::flag();
    const std::vector<LogRecord> records = listings ? any::listings(mask) : any::log(mask);
    const base::Bytes bytes = log_bytes(records, mask);
    const auto most = *rc::gen::element<std::size_t>(2, 20, 5000);
    LogReader reader = listings ? LogReader(mask) : LogReader();
    std::vector<LogRecord> read;
    for (base::ByteView left = bytes; !left.empty();) {
      const auto count = std::min(left.size(), *rc::gen::inRange<std::size_t>(1, most));
      reader.feed(left.first(count));
      left = left.subspan(count);
      if (left.size() % 3 == 0 || left.empty()) RC_ASSERT(drain(reader, read));
    }
    RC_ASSERT(read.size() == records.size());
    for (std::size_t i = 0; i < read.size(); ++i) RC_ASSERT(same(read[i], records[i]));
  }));
}

TEST_CASE("an entry is no larger than its bound") {
  CHECK(rc::check("bound", [] {
    const tree::AttributeMask mask = any::mask();
    DirectoryRecord directory = any::directory(mask);
    std::size_t bound = kDirectoryBound;
    for (const ListingEntry& entry : directory.entries) bound += entry_size_bound(entry);
    RC_ASSERT(log_bytes({directory}, mask).size() <= bound);
  }));
}

TEST_CASE("a listing of the largest size is read") {
  const tree::AttributeMask mask = samples::full_mask();
  DirectoryRecord directory;
  std::size_t bound = kDirectoryBound;
  for (unsigned i = 0; bound + 200 < kMaxRecord; ++i) {
    ListingEntry entry;
    entry.entry.name = std::to_string(1'000'000 + i);
    bound += entry_size_bound(entry);
    directory.entries.push_back(entry);
  }
  LogReader reader(mask);
  std::vector<LogRecord> read;
  reader.feed(log_bytes({directory}, mask));
  REQUIRE(drain(reader, read));
  REQUIRE(read.size() == 1);
  CHECK(same(std::get<DirectoryRecord>(read[0]), directory));
}

TEST_CASE("a log begins with one root") {
  const tree::AttributeMask mask;
  const RootRecord root{mask, SumAlgorithm::xxh3_128, 0, 1, std::nullopt, {}, {}};
  std::vector<LogRecord> read;
  SECTION("not with a version") {
    LogReader reader;
    reader.feed(log_bytes({VersionRecord{1, 2, 3, {}}}, mask));
    CHECK_FALSE(drain(reader, read));
  }
  SECTION("not with two") {
    LogReader reader;
    reader.feed(log_bytes({root, root}, mask));
    CHECK_FALSE(drain(reader, read));
    CHECK(read.size() == 1);
  }
}

TEST_CASE("a log ends with its end") {
  const tree::AttributeMask mask;
  const RootRecord root{mask, SumAlgorithm::xxh3_128, 0, 1, std::nullopt, {}, {}};
  LogReader reader;
  std::vector<LogRecord> read;
  reader.feed(log_bytes({root, EndRecord{}}, mask));
  REQUIRE(drain(reader, read));
  REQUIRE(drain(reader, read));
  for (const int byte : {8, 0x80}) {
    SECTION("a byte " + std::to_string(byte) + " after it is refused") {
      const auto one = static_cast<std::byte>(byte);
      reader.feed(base::ByteView(&one, 1));
      CHECK_FALSE(drain(reader, read));
      CHECK_FALSE(drain(reader, read));
    }
  }
}

TEST_CASE("each stream has its own records") {
  const tree::AttributeMask mask;
  const RootRecord root{mask, SumAlgorithm::xxh3_128, 0, 1, std::nullopt, {}, {}};
  std::vector<LogRecord> read;
  for (const LogRecord& listing :
       {LogRecord(DirectoryRecord{}), LogRecord(BundleEndRecord{}), LogRecord(ListedRecord{})}) {
    LogReader log, listings(mask), ended(mask);
    log.feed(log_bytes({root, listing}, mask));
    CHECK_FALSE(drain(log, read));
    listings.feed(log_bytes({listing}, mask));
    CHECK(drain(listings, read));
    ended.feed(log_bytes({ListedRecord{}, listing}, mask));
    CHECK_FALSE(drain(ended, read));
  }
  for (const LogRecord& other : {LogRecord(root), LogRecord(SumRecord{1, 1, {}}), LogRecord(EndRecord{})}) {
    LogReader listings(mask);
    listings.feed(log_bytes({other}, mask));
    CHECK_FALSE(drain(listings, read));
  }
}

TEST_CASE("records of unknown kinds are skipped if they are optional") {
  const tree::AttributeMask mask;
  base::Bytes bytes = log_bytes({RootRecord{mask, SumAlgorithm::xxh3_128, 0, 1, std::nullopt, {}, {}}}, mask);
  base::ByteWriter out(bytes);
  out.u8(0x85);
  out.string(std::string(300, 'x'));
  append_record(EndRecord{}, mask, bytes);
  LogReader reader;
  std::vector<LogRecord> read;
  reader.feed(bytes);
  CHECK(drain(reader, read));
  CHECK(read.size() == 2);
}

TEST_CASE("attributes outside the mask do not travel") {
  const tree::AttributeMask mask{false, false, false, false, false, true, true};
  LogReader reader(mask);
  std::vector<LogRecord> read;
  reader.feed(log_bytes({samples::listing_records().front()}, mask));
  REQUIRE(drain(reader, read));
  REQUIRE_FALSE(read.empty());
  for (const ListingEntry& entry : std::get<DirectoryRecord>(read[0]).entries) {
    CHECK(entry.entry.stat.uid == 0);
    CHECK(entry.owner_name.empty());
  }
}

}  // namespace
}  // namespace g5ksync::proto
