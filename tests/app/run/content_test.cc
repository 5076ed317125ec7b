// What the source answers: files as they were published, or what has become of them; nothing else, whoever asks.
#include "app/origin/content.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "proto/match.h"
#include "tests/app/run/published.h"

namespace g5ksync::test {
namespace {

namespace stdfs = std::filesystem;
using base::ErrorKind;
using proto::Range;
using proto::RangesRequest;
using proto::Served;
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

TEST_CASE("After a cancel nothing is read any more, and nothing is told of it") {
  Published source(files());
  source.reader.cancel();
  CHECK(source.refusal(SumsRequest{{{3, 1}}}) == ErrorKind::interrupted);
  CHECK(source.refusal(RangesRequest{{{3, 1, {{0, kPiece}}}}}) == ErrorKind::interrupted);
  CHECK(source.refusal(proto::BundleRequest{0, {true}}) == ErrorKind::interrupted);
  CHECK(source.log<proto::UnreadableRecord>().empty());
  CHECK(source.log<proto::VersionRecord>().empty());
}

}  // namespace
}  // namespace g5ksync::test
