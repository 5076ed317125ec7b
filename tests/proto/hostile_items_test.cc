// Requests with items, and answers to them, that no honest peer sends.
#include <catch2/catch.hpp>
#include <functional>

#include "proto/codec.h"
#include "proto/frame.h"
#include "tests/proto/samples.h"

namespace g5ksync::proto {
namespace {

template <class Result>
bool refused(const Result& result) {
  return !result.has_value() && result.error().kind == base::ErrorKind::protocol;
}

/// A payload of varints.
base::Bytes of(std::initializer_list<std::uint64_t> values) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  for (const std::uint64_t value : values) out.varint(value);
  return bytes;
}

constexpr std::uint64_t kMost = INT64_MAX;

auto ranges(std::vector<Range> list) { return decode_request(encode(Request(RangesRequest{{{1, 1, list}}}))); }
auto blocks(std::vector<Range> list) { return decode_request(encode(Request(SignaturesRequest{{{1, 1, 0, list}}}))); }

TEST_CASE("ranges are whole bytes, sorted, with gaps, and within their caps") {
  for (const auto& ask : {ranges, blocks}) {
    CHECK(ask({{0, 1}}).has_value());
    CHECK(ask({{0, kMaxRangeBytes}}).has_value());
    CHECK(ask({{3, 1}, {5, 7}, {kMost - 1, 1}}).has_value());
    CHECK(refused(ask({})));
    CHECK(refused(ask({{0, 0}})));
    CHECK(refused(ask({{0, kMaxRangeBytes + 1}})));
    CHECK(refused(ask({{0, kMaxRangeBytes - 1}, {kMaxRangeBytes, 2}})));
    CHECK(refused(ask({{0, UINT64_MAX}})));
    CHECK(refused(ask({{kMost, 1}})));
    CHECK(refused(ask({{0, 4}, {4, 1}})));  // touching: a gap of -1 that wraps around
    CHECK(refused(ask({{0, 4}, {2, 4}})));
    CHECK(refused(ask({{7, 1}, {2, 1}})));
  }
  CHECK(refused(decode_request(of({2, 1, 0, 1, 2, 5, 1, kMost - 6, 1}))));  // one past the last offset
  CHECK(decode_request(of({2, 1, 0, 1, 2, 5, 1, kMost - 8, 1})).has_value());
}

TEST_CASE("a request has so many ranges, over all its items") {
  RangesRequest request;
  for (EntryId entry = 1; entry <= 4; ++entry) {
    RangesItem& item = request.items.emplace_back(RangesItem{entry, 1, {}});
    for (std::uint64_t i = 0; i < kMaxRanges / 4; ++i) item.ranges.push_back({i * 2, 1});
  }
  const base::Bytes most = encode(Request(request));
  CHECK(most.size() < kMaxControl);
  CHECK(decode_request(most).has_value());
  request.items.push_back({5, 1, {{0, 1}}});
  CHECK(refused(decode_request(encode(Request(request)))));
  request.items.pop_back();
  request.items[3].ranges.push_back({kMaxRanges, 1});
  CHECK(refused(decode_request(encode(Request(request)))));
}

TEST_CASE("items are named in order, each once, and there are so many") {
  const auto sums = [](std::vector<SumsItem> list) {
    return decode_request(encode(Request(SumsRequest{list, false})));
  };
  CHECK(sums({{1, 1}}).has_value());
  CHECK(sums({{1, UINT32_MAX}, {2, 1}, {kMost, 1}}).has_value());
  CHECK(refused(sums({})));
  CHECK(refused(sums({{0, 1}})));
  CHECK(refused(sums({{1, 0}})));
  CHECK(refused(sums({{1, 1}, {1, 2}})));
  CHECK(refused(sums({{2, 1}, {1, 1}})));
  CHECK(refused(sums({{kMost + 1, 1}})));
  CHECK(refused(decode_request(of({6, 2, kMost - 1, 1, 0, 1}))));  // an entry past the last
  CHECK(refused(decode_request(of({6, 1, 0, std::uint64_t{1} << 32}))));
  std::vector<SumsItem> most;
  for (EntryId entry = 1; entry <= kMaxItems; ++entry) most.push_back({entry, 1});
  CHECK(sums(most).has_value());
  most.push_back({kMaxItems + 1, 1});
  CHECK(refused(sums(most)));
}

TEST_CASE("counts that the bytes left cannot hold are refused") {
  for (const std::uint64_t kind : {2, 6, 7, 8}) {
    CHECK(refused(decode_request(of({kind}))));
    CHECK(refused(decode_request(of({kind, 0}))));
    CHECK(refused(decode_request(of({kind, 4096}))));
    CHECK(refused(decode_request(of({kind, UINT64_MAX}))));
    CHECK(refused(decode_request(of({kind, 1, 0, 1, 16384, 0, 0}))));
    CHECK(refused(decode_answer(of({kind, 4096, 0, 1, 0, 0}))));
    CHECK(refused(decode_answer(of({kind, UINT64_MAX, 0, 1, 0, 0}))));
    CHECK(refused(decode_answer(of({kind, 0, 0}))));
  }
  CHECK(refused(decode_request(of({2, 1, 0, 1, UINT64_MAX, 0, 1}))));
  CHECK(refused(decode_request(of({4, 1, 0, 1, 1, 0, 1}))));
}

template <class Kind>
auto altered(Kind answer, const std::function<void(Kind&)>& change) {
  change(answer);
  return decode_answer(samples::whole_answer(answer));
}

template <class Kind>
void check_answer(const Kind& sample) {
  using Change = std::function<void(Kind&)>;
  CHECK(altered<Kind>(sample, [](Kind&) {}).has_value());
  const std::initializer_list<Change> offences = {
      [](Kind& a) { a.items.clear(); },
      [](Kind& a) { a.items[0].entry = 0; },
      [](Kind& a) { a.items[0].version = 0; },
      [](Kind& a) { a.items[1].entry = a.items[0].entry; },
      [](Kind& a) { a.items[1].served = Served{3}; },
      [](Kind& a) { a.items.back().entry = kMost + 1; },
  };
  for (const Change& offence : offences) CHECK(refused(altered<Kind>(sample, offence)));
}

TEST_CASE("answers with items are checked") {
  check_answer(samples::ranges_answer());
  check_answer(samples::sums_answer());
  check_answer(samples::openings_answer());
  check_answer(samples::signatures_answer());
  SumsAnswer sums = samples::sums_answer();
  sums.items[0].sum.algorithm = SumAlgorithm{3};
  CHECK(refused(decode_answer(samples::whole_answer(sums))));
  base::Bytes trailing = samples::whole_answer(samples::sums_answer());
  trailing.push_back(std::byte{0});
  CHECK(refused(decode_answer(trailing)));
}

TEST_CASE("a listing in an answer is no shorter than one without entries") {
  const auto listings = [](std::size_t size) {
    const base::Bytes record(size, std::byte{1});
    ListingsAnswer answer;
    answer.records = {record, record};
    base::Bytes bytes = encode_answer_header(Answer(answer));
    bytes.pop_back();  // no fields of later versions; instead one that is long enough for two listings
    base::Bytes field;
    base::ByteWriter(field).varint(2);
    base::ByteWriter(field).string(std::string(30, 'x'));
    base::ByteWriter(bytes).string(base::text_of(field));
    return decode_answer(bytes);
  };
  CHECK(refused(listings(0)));
  CHECK(refused(listings(5)));
  CHECK(listings(6).has_value());
}

TEST_CASE("data is there if anything was served, and only then") {
  SumsAnswer opening = samples::openings_answer();
  opening.data = {};
  CHECK(refused(decode_answer(samples::whole_answer(opening))));
  for (ServedSum& item : opening.items) item.served = Served::changed;
  CHECK(decode_answer(samples::whole_answer(opening)).has_value());
  RangesAnswer answer = samples::ranges_answer();
  answer.data = {};
  CHECK(refused(decode_answer(samples::whole_answer(answer))));
  for (ServedItem& item : answer.items) item.served = Served::changed;
  CHECK(decode_answer(samples::whole_answer(answer)).has_value());
  answer.data = samples::ranges_answer().data;
  CHECK(refused(decode_answer(samples::whole_answer(answer))));
}

}  // namespace
}  // namespace g5ksync::proto
