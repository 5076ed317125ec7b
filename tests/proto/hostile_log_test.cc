// Logs that no honest source writes.
#include <catch2/catch.hpp>
#include <functional>
#include <initializer_list>

#include "proto/codec.h"
#include "tests/proto/samples.h"

namespace g5ksync::proto {
namespace {

constexpr int kRootKind = 1, kDirectoryKind = 2, kVersionKind = 4;

base::Bytes bytes_of(std::initializer_list<int> values) {
  base::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// A reader that has seen a root with this mask.
LogReader rooted(const tree::AttributeMask& mask) {
  base::Bytes log;
  append_record(RootRecord{mask, SumAlgorithm::xxh3_128, 0, 1, std::nullopt, {}, {}}, mask, log);
  LogReader reader;
  reader.feed(log);
  REQUIRE(reader.next().value().has_value());
  return reader;
}

/// Whether a reader takes these bytes as one record, in the stream that has such records.
bool accepted(base::ByteView bytes, const tree::AttributeMask& mask = samples::full_mask()) {
  const auto kind = static_cast<int>(bytes.front());
  LogReader reader = kind == kDirectoryKind ? LogReader(mask) : rooted(mask);
  reader.feed(bytes);
  const auto record = reader.next();
  return record.has_value() && record->has_value();
}

bool accepted(const LogRecord& record) {
  base::Bytes bytes;
  append_record(record, samples::full_mask(), bytes);
  return accepted(bytes);
}

base::Bytes record(int kind, const base::Bytes& body) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(kind));
  out.varint(body.size());
  out.raw(body);
  return bytes;
}

/// A listing of the root whose entries are these bytes, under a mask of nothing.
bool listing_accepted(int count, std::initializer_list<int> entries) {
  base::Bytes body = bytes_of({0, 1, 0, 0, 3, count});
  const base::Bytes tail = bytes_of(entries);
  body.insert(body.end(), tail.begin(), tail.end());
  return accepted(record(kDirectoryKind, body), {false, false, false, false, false, false, false});
}

TEST_CASE("names in a listing are components in rising order") {
  using Change = std::function<void(std::vector<ListingEntry>&)>;
  const auto listing = [](const Change& change) {
    DirectoryRecord made = std::get<DirectoryRecord>(samples::listing_records()[0]);
    change(made.entries);
    return accepted(made);
  };
  CHECK(listing([](auto&) {}));
  CHECK(listing([](auto& list) { list.back().entry.name = std::string(255, 'z'); }));
  CHECK(listing([](auto& list) { list.back().entry.name = "\xff"; }));
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                  std::string("/"), std::string("z\0z", 3), std::string(256, 'z')}) {
    CHECK_FALSE(listing([&](auto& list) {
      list = {list.front()};
      list.front().entry.name = name;
    }));
  }
  CHECK_FALSE(listing([](auto& list) { std::swap(list[0].entry.name, list[1].entry.name); }));
  CHECK_FALSE(listing([](auto& list) { list[1].entry.name = list[0].entry.name; }));
}

TEST_CASE("attributes of entries are within their caps") {
  using Change = std::function<void(ListingEntry&)>;
  const auto entry = [](std::size_t index, const Change& change) {
    DirectoryRecord made = std::get<DirectoryRecord>(samples::listing_records()[0]);
    change(made.entries[index]);
    return accepted(made);
  };
  constexpr std::size_t file = 0, link = 4, directory = 7;
  CHECK_FALSE(entry(file, [](ListingEntry& e) { e.entry.stat.mtime.nanos = 1'000'000'000; }));
  CHECK_FALSE(entry(file, [](ListingEntry& e) { e.entry.stat.size = std::uint64_t{1} << 63; }));
  CHECK_FALSE(entry(file, [](ListingEntry& e) { e.entry.stat.size = kSmallFile; }));  // no member of a bundle
  CHECK_FALSE(entry(file, [](ListingEntry& e) { e.entry.stat.size = 0; }));
  CHECK_FALSE(entry(directory, [](ListingEntry& e) { e.in_bundle = true; }));
  CHECK_FALSE(entry(file, [](ListingEntry& e) {
    e.in_bundle = false;
    e.closes_bundle = true;
  }));
  CHECK(entry(link, [](ListingEntry& e) { e.entry.link_target = std::string(4095, 't'); }));
  CHECK_FALSE(entry(link, [](ListingEntry& e) { e.entry.link_target = std::string(4096, 't'); }));
  CHECK_FALSE(entry(link, [](ListingEntry& e) { e.entry.link_target.clear(); }));
  CHECK_FALSE(entry(link, [](ListingEntry& e) { e.entry.link_target = std::string("a\0b", 3); }));
  CHECK_FALSE(entry(file, [](ListingEntry& e) { e.owner_name = std::string("a\0b", 3); }));
  CHECK(entry(file, [](ListingEntry& e) { e.owner_name = std::string(300, 'o'); }));  // by number, then
}

TEST_CASE("the bits of an entry are checked") {
  // Head, name, size, mode: the time is that of the entry before, for the first one 0.
  CHECK(listing_accepted(1, {32 | 1, 1, 'a', 0, 0}));
  CHECK(listing_accepted(1, {1, 1, 'a', 0, 2, 0, 0}));
  CHECK_FALSE(listing_accepted(1, {1, 1, 'a', 0, 0}));                // no time
  CHECK_FALSE(listing_accepted(1, {32 | 0, 1, 'a', 0, 0}));           // no type
  CHECK_FALSE(listing_accepted(1, {32 | 1, 1, 'a', 0, 0x80, 0x20}));  // mode 010000
  CHECK(listing_accepted(1, {128 | 32 | 1, 0, 1, 'a', 0, 0}));
  CHECK_FALSE(listing_accepted(1, {128 | 32 | 1, 4, 1, 'a', 0, 0}));  // an unknown rare part
  CHECK(listing_accepted(1, {128 | 32 | 1, 1, 1, 'a', 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
  CHECK_FALSE(listing_accepted(1, {128 | 32 | 1, 1, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));    // link group 0
  CHECK(listing_accepted(2, {128 | 32 | 1, 2, 1, 'a', 0, 0, 3, 2, 1, 'x', 33, 1, 'b', 0, 0}));  // an optional field
  CHECK_FALSE(listing_accepted(1, {128 | 32 | 1, 2, 1, 'a', 0, 0, 3, 3, 1, 'x'}));              // a critical one
  CHECK_FALSE(listing_accepted(1, {128 | 32 | 1, 2, 1, 'a', 0, 0, 4, 2, 1, 'x'}));              // a length past the end
  CHECK(listing_accepted(2, {32 | 1, 1, 'a', 0, 1, 96 | 1, 1, 'b', 0}));
  CHECK_FALSE(listing_accepted(1, {96 | 1, 1, 'a', 0}));                     // the first cannot be alike
  CHECK_FALSE(listing_accepted(2, {32 | 1, 1, 'a', 0, 1, 96 | 2, 1, 'b'}));  // nor the first of a type
}

TEST_CASE("the numbers of a listing are checked") {
  const auto listing = [](EntryId directory, EntryId first, std::size_t count) {
    DirectoryRecord made = std::get<DirectoryRecord>(samples::listing_records()[0]);
    made.directory = directory;
    made.first_entry = first;
    made.entries.resize(count);
    return accepted(made);
  };
  constexpr EntryId most = (EntryId{1} << 63) - 1;
  CHECK(listing(0, 1, 2));
  CHECK(listing(5, 6, 0));
  CHECK(listing(5, most - 2, 2));
  CHECK_FALSE(listing(0, 0, 2));
  CHECK_FALSE(listing(5, 5, 2));  // entries are numbered after their directory
  CHECK_FALSE(listing(5, most - 1, 2));
  CHECK_FALSE(listing(5, most + 1, 0));
  CHECK_FALSE(listing(most + 1, most + 2, 0));
  CHECK(listing_accepted(0, {}));
  CHECK_FALSE(listing_accepted(2, {1, 1, 'a', 0}));
  CHECK_FALSE(listing_accepted(0, {1, 1, 'a', 0}));
  CHECK_FALSE(accepted(record(kDirectoryKind, bytes_of({0, 1, 0, 0, 3, 0xff, 0xff, 0xff, 0xff, 0x0f}))));
  CHECK_FALSE(accepted(record(kDirectoryKind, bytes_of({0, 1, 0, 0, 8, 0}))));  // an unknown flag
}

TEST_CASE("the place of a listing among the bundles is checked") {
  const auto listing = [](std::uint64_t bundle, std::uint32_t member) {
    DirectoryRecord made = std::get<DirectoryRecord>(samples::listing_records()[0]);
    made.bundle = bundle;
    made.first_member = member;
    return accepted(made);
  };
  CHECK(listing((std::uint64_t{1} << 63) - 1, kBundleMembers - 1));
  CHECK_FALSE(listing(std::uint64_t{1} << 63, 0));
  CHECK_FALSE(listing(0, kBundleMembers));
}

TEST_CASE("records about entries are checked") {
  const fs::FileTime time{1, 2};
  CHECK(accepted(VersionRecord{1, 2, 5, time}));
  CHECK_FALSE(accepted(VersionRecord{0, 2, 5, time}));
  CHECK_FALSE(accepted(VersionRecord{1, 0, 5, time}));
  CHECK_FALSE(accepted(VersionRecord{1, 1, 5, time}));
  CHECK_FALSE(accepted(VersionRecord{1, 2, std::uint64_t{1} << 63, time}));
  CHECK_FALSE(accepted(VersionRecord{1, 2, 5, {1, 1'000'000'000}}));
  CHECK(accepted(SumRecord{1, 1, {}}));
  CHECK_FALSE(accepted(SumRecord{0, 1, {}}));
  CHECK_FALSE(accepted(SumRecord{1, 0, {}}));
  CHECK_FALSE(accepted(SumRecord{1, 1, {SumAlgorithm{3}, {}}}));
  CHECK_FALSE(accepted(UnreadableRecord{0, base::ErrorKind::io, 5}));
  CHECK(accepted(UnreadableRecord{1, base::ErrorKind::io, 4095}));
  CHECK_FALSE(accepted(record(kVersionKind, bytes_of({1, 2, 5, 0, 0, 0}))));  // tag 0
  CHECK(accepted(record(kVersionKind, bytes_of({1, 2, 5, 0, 0, 2, 0}))));
  CHECK_FALSE(accepted(record(kVersionKind, bytes_of({1, 2, 5, 0, 0, 3, 0}))));
}

TEST_CASE("the root is checked") {
  const auto root = [](std::initializer_list<int> body) {
    LogReader reader;
    reader.feed(record(kRootKind, bytes_of(body)));
    return reader.next().has_value();
  };
  CHECK(root({0x7f, 1, 0, 1, 0}));
  CHECK_FALSE(root({0x80, 0x01, 1, 0, 1, 0}));     // an unknown attribute
  CHECK_FALSE(root({1, 3, 0, 1, 0}));              // an unknown sum
  CHECK_FALSE(root({1, 1, 0x80, 0x80, 4, 1, 0}));  // epoch 65536
  CHECK_FALSE(root({1, 1, 0, 0, 0}));              // time unit 0
  CHECK_FALSE(root({1, 1, 0, 1, 2}));              // an unknown flag
  CHECK(root({1, 1, 0, 1, 1, 0, 0, 0xff, 0x1f}));
  CHECK_FALSE(root({1, 1, 0, 1, 1, 0, 0, 0x80, 0x20}));  // mode 010000
  CHECK_FALSE(root({1, 1, 0, 1, 1}));
}

TEST_CASE("a record has at most its cap") {
  const auto refused = [](std::initializer_list<int> bytes) {
    LogReader reader(tree::AttributeMask{});
    reader.feed(bytes_of(bytes));
    return !reader.next().has_value();
  };
  CHECK_FALSE(refused({2, 0x80, 0x80, 0x10}));  // 256 KiB, to come
  CHECK(refused({2, 0x81, 0x80, 0x10}));        // one more, at once
  CHECK(refused({2, 0xff, 0xff, 0x7f}));
  CHECK(refused({2, 0xff, 0xff, 0xff}));
  CHECK(refused({2, 0x80, 0x00}));  // not minimal
  CHECK(refused({9, 0}));           // an unknown kind, critical
  CHECK(refused({0, 0}));
}

}  // namespace
}  // namespace g5ksync::proto
