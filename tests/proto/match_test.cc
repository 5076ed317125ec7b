// Answers that are well formed, but not to what was asked.
#include "proto/match.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/proto/samples.h"

namespace g5ksync::proto {
namespace {

constexpr std::uint64_t kSizes[] = {47, 1};

bool matches(const RangesAnswer& answer) { return match(samples::ranges_request(), answer).has_value(); }
constexpr std::uint64_t kFirstLevels[] = {12, 9, 6};
bool matches(const SumsAnswer& answer) {
  const SumsRequest request = answer.first_level ? samples::openings_request() : samples::sums_request();
  return match(request, kFirstLevels, answer).has_value();
}
bool matches(const SignaturesAnswer& answer) {
  return match(samples::signatures_request(), kSizes, answer).has_value();
}

template <class Kind>
void check_names(const Kind& sample) {
  CHECK(matches(sample));
  Kind other = sample;
  ++other.items.back().entry;
  CHECK_FALSE(matches(other));
  other = sample;
  ++other.items.front().version;
  CHECK_FALSE(matches(other));
  other = sample;
  other.items.pop_back();
  CHECK_FALSE(matches(other));
  other = sample;
  other.items.push_back(other.items.back());
  CHECK_FALSE(matches(other));
}

TEST_CASE("an answer is about the items asked for") {
  check_names(samples::ranges_answer());
  check_names(samples::sums_answer());
  check_names(samples::openings_answer());
  check_names(samples::signatures_answer());
}

TEST_CASE("data is cut where the ranges say, and must be all there") {
  RangesAnswer answer = samples::ranges_answer();
  const auto parts = match(samples::ranges_request(), answer);
  REQUIRE(parts.has_value());
  REQUIRE(parts->size() == 3);
  CHECK(std::ranges::equal((*parts)[0], answer.data.first(77)));
  CHECK((*parts)[1].empty());
  CHECK(std::ranges::equal((*parts)[2], answer.data.subspan(77)));
  answer.data = answer.data.first(83);
  CHECK_FALSE(matches(answer));
  answer = samples::ranges_answer();
  answer.items[2].served = Served::unreadable;  // now there is too much
  CHECK_FALSE(matches(answer));
}

TEST_CASE("signatures are as long as their blocks say") {
  const SignaturesAnswer answer = samples::signatures_answer();
  const std::uint64_t longer[] = {48, 1};
  CHECK_FALSE(match(samples::signatures_request(), longer, answer).has_value());
  const std::uint64_t fewer[] = {47};
  CHECK_FALSE(match(samples::signatures_request(), fewer, answer).has_value());
}

TEST_CASE("signatures come with sums where they were asked for, and only there") {
  const SumsAnswer opening = samples::openings_answer(), plain = samples::sums_answer();
  const auto parts = match(samples::openings_request(), kFirstLevels, opening);
  REQUIRE(parts.has_value());
  REQUIRE(parts->size() == 3);
  CHECK(std::ranges::equal((*parts)[0], opening.data.first(12)));
  CHECK((*parts)[1].empty());
  CHECK(std::ranges::equal((*parts)[2], opening.data.subspan(12)));
  const std::uint64_t longer[] = {12, 9, 7}, fewer[] = {12, 9};
  CHECK_FALSE(match(samples::openings_request(), longer, opening).has_value());
  CHECK_FALSE(match(samples::openings_request(), fewer, opening).has_value());
  CHECK_FALSE(match(samples::openings_request(), kFirstLevels, plain).has_value());
  CHECK_FALSE(match(samples::sums_request(), kFirstLevels, opening).has_value());
  const auto none = match(samples::sums_request(), {}, plain);
  REQUIRE(none.has_value());
  CHECK(none->size() == 3);
}

}  // namespace
}  // namespace g5ksync::proto
