// What the source answers: files as they were published, or what has become of them; nothing else, whoever asks.
#include "app/origin/content.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/delta/signature.h"
#include "proto/match.h"
#include "tests/app/run/published.h"

namespace g5ksync::test {
namespace {

namespace stdfs = std::filesystem;
using base::ErrorKind;
using proto::Range;
using proto::RangesRequest;
using proto::Served;
using proto::SignaturesItem;
using proto::SignaturesRequest;
using proto::SumsRequest;

constexpr std::uint64_t kPiece = proto::kFilePiece;

/// Ids 1 to 4: empty, hello (12 bytes), large (a piece and 5 bytes), small (5,000 bytes).
std::vector<std::pair<std::string, std::string>> files() {
  return {{"empty", ""}, {"hello", "hello, world"}, {"large", pattern(kPiece + 5)}, {"small", pattern(5'000)}};
}

TEST_CASE("Ranges of several files come end to end, byte by byte") {
  Published source(files());
  const RangesRequest request{{{2, 1, {{0, 1}, {7, 5}}}, {3, 1, {{kPiece - 1, 6}}}, {4, 1, {{0, 5'000}}}}};
  const auto answer = source.ask(request);
  REQUIRE(answer.has_value());
  const auto parts = proto::match(request, std::get<proto::RangesAnswer>(answer->value));
  REQUIRE(parts.has_value());
  CHECK(base::text_of((*parts)[0]) == "hworld");
  CHECK(base::text_of((*parts)[1]) == pattern(kPiece + 5).substr(kPiece - 1));
  CHECK(base::text_of((*parts)[2]) == pattern(5'000));
}

TEST_CASE("Sums of whole files are given, of empty and large ones too") {
  Published source(files());
  for (int time = 0; time < 2; ++time) {  // the second time from memory
    const auto answer = source.ask(SumsRequest{{{1, 1}, {2, 1}, {3, 1}, {4, 1}}});
    REQUIRE(answer.has_value());
    const auto& items = std::get<proto::SumsAnswer>(answer->value).items;
    REQUIRE(items.size() == 4);
    for (std::size_t i = 0; i < items.size(); ++i) {
      CHECK(items[i].served == Served::whole);
      CHECK(items[i].sum == sum_of(files()[i].second));
    }
  }
  CHECK(source.log<proto::SumRecord>().empty());
}

TEST_CASE("What was never published is refused, whatever else is asked for") {
  Published source(files());
  for (const proto::EntryId entry : {std::uint64_t{0}, std::uint64_t{5}, UINT64_MAX}) {
    CHECK(source.refusal(RangesRequest{{{2, 1, {{0, 1}}}, {entry, 1, {{0, 1}}}}}) == ErrorKind::protocol);
    CHECK(source.refusal(SumsRequest{{{2, 1}, {entry, 1}}}) == ErrorKind::protocol);
  }
  CHECK(source.refusal(RangesRequest{{{2, 2, {{0, 1}}}}}) == ErrorKind::protocol);
  CHECK(source.refusal(SumsRequest{{{2, 0}}}) == ErrorKind::protocol);
  CHECK(source.refusal(SumsRequest{{{2, 2}}}) == ErrorKind::protocol);
  CHECK(source.log<proto::UnreadableRecord>().empty());
}

TEST_CASE("Ranges that the file does not have are refused") {
  Published source(files());
  const auto refused = [&](std::vector<Range> ranges) {
    return source.refusal(RangesRequest{{{2, 1, std::move(ranges)}}}) == ErrorKind::protocol;
  };
  CHECK(refused({{12, 1}}));
  CHECK(refused({{0, 13}}));
  CHECK(refused({{0, 1}, {5, 8}}));
  CHECK(refused({{UINT64_MAX, 1}}));
  CHECK(refused({{1, UINT64_MAX}}));  // the sum of both overflows
  CHECK(refused({{0, UINT64_MAX}}));
  CHECK(refused({{0, 4}, {3, 2}}));
  CHECK(refused({{0, 4}, {4, 2}}));
  CHECK(refused({{4, 2}, {0, 1}}));
  CHECK(refused({{0, 0}}));
  CHECK(refused({}));
  CHECK(source.refusal(RangesRequest{{{1, 1, {{0, 1}}}}}) == ErrorKind::protocol);
  CHECK(source.refusal(RangesRequest{{{2, 1, {{0, 12}}}, {3, 1, {{0, kPiece}}}}}) == ErrorKind::protocol);
}

TEST_CASE("A file that has changed is not served, and the log tells its new version once") {
  Published source(files());
  source.write("hello", "hello, moon");
  const auto answer = source.ask(RangesRequest{{{2, 1, {{0, 12}}}, {4, 1, {{0, 2}}}}});
  REQUIRE(answer.has_value());
  const auto& ranges = std::get<proto::RangesAnswer>(answer->value);
  CHECK(ranges.items[0].served == Served::changed);
  CHECK(ranges.items[1].served == Served::whole);
  CHECK(ranges.data.size() == 2);
  const auto sums = source.ask(SumsRequest{{{2, 1}}});
  REQUIRE(sums.has_value());
  CHECK(std::get<proto::SumsAnswer>(sums->value).items[0].served == Served::changed);
  const auto versions = source.log<proto::VersionRecord>();
  REQUIRE(versions.size() == 1);
  CHECK(versions[0].entry == 2);
  CHECK(versions[0].version == 2);
  CHECK(versions[0].size == 11);
  const auto again = source.ask(SumsRequest{{{2, 2}}});
  REQUIRE(again.has_value());
  CHECK(std::get<proto::SumsAnswer>(again->value).items[0].sum == sum_of("hello, moon"));
}

TEST_CASE("A sum that was read once is not given for a file that has changed since") {
  Published source(files());
  REQUIRE(source.ask(SumsRequest{{{3, 1}}}).has_value());
  source.write("large", pattern(kPiece + 4));
  const auto answer = source.ask(SumsRequest{{{3, 1}}});
  REQUIRE(answer.has_value());
  CHECK(std::get<proto::SumsAnswer>(answer->value).items[0].served == Served::changed);
}

TEST_CASE("A file that shrank or vanished is told, and the others are served") {
  Published source(files());
  stdfs::resize_file(source.path("large"), 7);
  stdfs::remove(source.path("hello"));
  const auto answer = source.ask(SumsRequest{{{2, 1}, {3, 1}, {4, 1}}});
  REQUIRE(answer.has_value());
  const auto& items = std::get<proto::SumsAnswer>(answer->value).items;
  CHECK(items[0].served == Served::unreadable);
  CHECK(items[1].served == Served::changed);
  CHECK(items[2].served == Served::whole);
  REQUIRE(source.log<proto::VersionRecord>().size() == 1);
  CHECK(source.log<proto::VersionRecord>()[0].size == 7);
  REQUIRE(source.log<proto::UnreadableRecord>().size() == 1);
  CHECK(source.log<proto::UnreadableRecord>()[0].entry == 2);
  const auto ranges = source.ask(RangesRequest{{{2, 1, {{0, 99}}}, {3, 2, {{0, 7}}}}});  // who knows its size any more?
  REQUIRE(ranges.has_value());
  CHECK(std::get<proto::RangesAnswer>(ranges->value).items[0].served == Served::changed);
  CHECK(base::text_of(std::get<proto::RangesAnswer>(ranges->value).data) == pattern(7));
}

TEST_CASE("A file that is shorter than its size says, and does not change, is given up") {
  const std::string attributes = "/sys/kernel/mm/transparent_hugepage";  // a page each, by their size
  if (!stdfs::exists(attributes + "/enabled")) {
    WARN("no " + attributes);
    return;
  }
  Published source(attributes);
  proto::EntryId enabled = 0;
  for (const auto& listing : source.log<proto::DirectoryRecord>())
    for (std::size_t i = 0; i < listing.entries.size(); ++i)
      if (listing.entries[i].entry.name == "enabled") enabled = listing.first_entry + i;
  REQUIRE(enabled != 0);
  const auto answer = source.ask(SumsRequest{{{enabled, 1}}});
  REQUIRE(answer.has_value());
  CHECK(std::get<proto::SumsAnswer>(answer->value).items[0].served == Served::unreadable);
  REQUIRE(source.log<proto::UnreadableRecord>().size() == 1);
  CHECK(source.log<proto::UnreadableRecord>()[0].error == ErrorKind::changed);
}

TEST_CASE("Only the pieces of a whole file make its sum in the log") {
  Published source(files());
  const auto ask = [&](std::vector<Range> ranges) {
    REQUIRE(source.ask(RangesRequest{{{3, 1, std::move(ranges)}}}).has_value());
  };
  ask({{kPiece, 5}});  // the last piece, early
  ask({{0, 1}, {5, 1}});
  ask({{1, kPiece - 1}});
  ask({{0, kPiece - 1}});
  ask({{kPiece - 1, 6}});
  ask({{kPiece, 4}});
  ask({{0, 1}, {kPiece, 5}});
  CHECK(source.log<proto::SumRecord>().empty());
  ask({{0, kPiece}});
  ask({{0, kPiece}});
  const auto sums = source.log<proto::SumRecord>();
  REQUIRE(sums.size() == 1);
  CHECK(sums[0].entry == 3);
  CHECK(sums[0].sum == sum_of(pattern(kPiece + 5)));
}

/// What the blocks of a file are signed with, all from memory.
std::string signed_blocks(const std::string& file, unsigned level, const std::vector<Range>& blocks) {
  base::Bytes out;
  const std::uint32_t block = delta::levels_for(file.size())[level].block;
  for (const Range& range : blocks) {
    const std::string bytes = file.substr(range.offset * block, range.length * block);
    delta::append_signature(out, file.size(), level, base::view_of(bytes));
  }
  return std::string(base::text_of(out));
}

std::uint64_t blocks_of(std::uint64_t size, unsigned level) {
  return delta::block_count(size, delta::levels_for(size)[level].block);
}

TEST_CASE("Signatures of any blocks at any level are those of the file's bytes") {
  Published source(files());
  for (const proto::EntryId entry : {2u, 3u, 4u}) {
    const std::string bytes = files()[entry - 1].second;
    for (unsigned level = 0; level < delta::levels_for(bytes.size()).size(); ++level) {
      const std::uint64_t count = blocks_of(bytes.size(), level);
      std::vector<Range> blocks{{0, count}};
      if (count > 5) blocks = {{0, 1}, {2, count - 4}, {count - 1, 1}};  // the last is short
      const auto answer = source.ask(SignaturesRequest{{{entry, 1, static_cast<std::uint8_t>(level), blocks}}});
      REQUIRE(answer.has_value());
      CHECK(base::text_of(std::get<proto::SignaturesAnswer>(answer->value).data) ==
            signed_blocks(bytes, level, blocks));
    }
  }
}

TEST_CASE("Signatures of several files come end to end, without those that have changed") {
  Published source(files());
  source.write("hello", "hello, moon");
  const SignaturesRequest request{{{2, 1, 0, {{0, 1}}}, {3, 1, 1, {{3, 70}}}, {4, 1, 2, {{0, 1}, {5, 2}}}}};
  const auto answer = source.ask(request);
  REQUIRE(answer.has_value());
  const auto& signatures = std::get<proto::SignaturesAnswer>(answer->value);
  const std::uint64_t sizes[] = {delta::signature_size(12, 0, 1), delta::signature_size(kPiece + 5, 1, 70),
                                 delta::signature_size(5'000, 2, 3)};
  const auto parts = proto::match(request, sizes, signatures);
  REQUIRE(parts.has_value());
  CHECK(signatures.items[0].served == Served::changed);
  CHECK((*parts)[0].empty());
  CHECK(base::text_of((*parts)[1]) == signed_blocks(files()[2].second, 1, {{3, 70}}));
  CHECK(base::text_of((*parts)[2]) == signed_blocks(files()[3].second, 2, {{0, 1}, {5, 2}}));
  CHECK(source.log<proto::VersionRecord>().size() == 1);
  CHECK(source.log<proto::SumRecord>().empty());
}

TEST_CASE("Levels and blocks that the file does not have are refused") {
  Published source(files());
  const auto refused = [&](SignaturesItem item) {
    return source.refusal(SignaturesRequest{{{2, 1, 0, {{0, 1}}}, std::move(item)}}) == ErrorKind::protocol;
  };
  const std::uint64_t count = blocks_of(5'000, 2);
  REQUIRE(source.ask(SignaturesRequest{{{4, 1, 2, {{0, count}}}}}).has_value());
  CHECK(refused({4, 1, 3, {{0, 1}}}));
  CHECK(refused({4, 1, 255, {{0, 1}}}));
  CHECK(refused({4, 1, 2, {{0, count + 1}}}));
  CHECK(refused({4, 1, 2, {{count, 1}}}));
  CHECK(refused({4, 1, 2, {{1, UINT64_MAX}}}));  // the sum of both overflows
  CHECK(refused({4, 1, 2, {{UINT64_MAX, 1}}}));
  CHECK(refused({4, 1, 2, {{0, UINT64_MAX / 64 + 2}}}));  // so do its bytes
  CHECK(refused({4, 1, 2, {{0, 1}, {1, 1}}}));
  CHECK(refused({4, 1, 2, {{2, 1}, {0, 1}}}));
  CHECK(refused({4, 1, 2, {{0, 0}}}));
  CHECK(refused({4, 1, 2, {}}));
  CHECK(refused({4, 2, 2, {{0, 1}}}));
  CHECK(refused({5, 1, 0, {{0, 1}}}));
  CHECK(source.refusal(SignaturesRequest{{{1, 1, 0, {{0, 1}}}}}) == ErrorKind::protocol);  // an empty file has none
}

TEST_CASE("An opening has the sums and all signatures of the first level, without those of files that have changed") {
  Published source(files());
  source.write("hello", "hello, moon");
  const SumsRequest request{{{2, 1}, {3, 1}, {4, 1}}, true};
  const auto answer = source.ask(request);
  REQUIRE(answer.has_value());
  const auto& opening = std::get<proto::SumsAnswer>(answer->value);
  const std::uint64_t sizes[] = {delta::first_level_size(12), delta::first_level_size(kPiece + 5),
                                 delta::first_level_size(5'000)};
  const auto parts = proto::match(request, sizes, opening);
  REQUIRE(parts.has_value());
  CHECK(opening.items[0].served == Served::changed);
  for (const std::size_t i : {1u, 2u}) {
    const std::string bytes = files()[i + 1].second;
    CHECK(opening.items[i].sum == sum_of(bytes));
    CHECK(base::text_of((*parts)[i]) == signed_blocks(bytes, 0, {{0, blocks_of(bytes.size(), 0)}}));
  }
  const auto empty = source.ask(SumsRequest{{{1, 1}, {4, 1}}, true});  // an empty file has no blocks
  REQUIRE(empty.has_value());
  CHECK(std::get<proto::SumsAnswer>(empty->value).data.size() == delta::first_level_size(5'000));
}

TEST_CASE("Openings of more than 4 MiB of signatures are refused before anything is read") {
  Published source({{"a", ""}, {"b", ""}});
  constexpr std::uint64_t kSize = std::uint64_t{20} << 30;
  stdfs::resize_file(source.path("a"), kSize);  // a hole
  REQUIRE(source.ask(SumsRequest{{{1, 1}}}).has_value());
  REQUIRE(source.log<proto::VersionRecord>().size() == 1);
  REQUIRE(delta::first_level_size(kSize) > proto::kMaxSignatureBytes);
  CHECK(source.refusal(SumsRequest{{{1, 2}}, true}) == ErrorKind::protocol);
}

TEST_CASE("At most 4 MiB of signatures are given at once") {
  Published source({{"a", ""}, {"b", ""}});
  for (const char* const name : {"a", "b"}) stdfs::resize_file(source.path(name), 60 << 20);  // holes
  const auto sums = source.ask(SumsRequest{{{1, 1}, {2, 1}}});
  REQUIRE(sums.has_value());
  REQUIRE(source.log<proto::VersionRecord>().size() == 2);
  const std::uint64_t all = blocks_of(60 << 20, 4);
  const std::uint64_t cap = proto::kMaxSignatureBytes / delta::signature_size(60 << 20, 4, 1);
  REQUIRE(all < cap);
  const auto whole = source.ask(SignaturesRequest{{{1, 2, 4, {{0, all}}}, {2, 2, 4, {{0, cap - all}}}}});
  REQUIRE(whole.has_value());
  CHECK(std::get<proto::SignaturesAnswer>(whole->value).data.size() == proto::kMaxSignatureBytes);
  CHECK(source.refusal(SignaturesRequest{{{1, 2, 4, {{0, all}}}, {2, 2, 4, {{0, cap - all + 1}}}}}) ==
        ErrorKind::protocol);
}

TEST_CASE("After a cancel nothing is read any more, and nothing is told of it") {
  Published source(files());
  source.reader.cancel();
  CHECK(source.refusal(SumsRequest{{{3, 1}}}) == ErrorKind::interrupted);
  CHECK(source.refusal(RangesRequest{{{3, 1, {{0, kPiece}}}}}) == ErrorKind::interrupted);
  CHECK(source.refusal(SignaturesRequest{{{3, 1, 0, {{0, 1}}}}}) == ErrorKind::interrupted);
  CHECK(source.refusal(proto::BundleRequest{0, {true}}) == ErrorKind::interrupted);
  CHECK(source.log<proto::UnreadableRecord>().empty());
  CHECK(source.log<proto::VersionRecord>().empty());
}

}  // namespace
}  // namespace g5ksync::test
