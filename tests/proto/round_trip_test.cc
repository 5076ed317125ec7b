// What is encoded decodes to the same; every cut of it is refused; fields of a later program are skipped or refused.
#include <catch2/catch.hpp>
#include <string>

#include "tests/proto/equal.h"
#include "tests/proto/generators.h"

namespace g5ksync::proto {
namespace {

base::Bytes with(base::Bytes bytes, std::string_view more) {
  const base::ByteView tail = base::view_of(more);
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  return bytes;
}

constexpr std::string_view kOptionalField(
    "\x02\x03"
    "abc",
    5);
constexpr std::string_view kTwoOptionalFields("\x02\x00\x84\x01\x01x", 6);
constexpr std::string_view kCriticalField("\x03\x00", 2);
constexpr std::string_view kFieldsOutOfOrder("\x04\x00\x02\x00", 4);
constexpr std::string_view kFieldCutShort("\x02\x05xx", 4);
constexpr std::string_view kTagZero("\x00\x00", 2);

template <class Generate, class Decode>
bool message_holds(const std::string& name, Generate generate, Decode decode) {
  return rc::check(name + " survives its own bytes and no others", [&] {
    const auto message = generate();
    const base::Bytes bytes = encode(message);
    RC_ASSERT(bytes.size() <= 64u << 10);
    const auto decoded = decode(bytes);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(same(*decoded, message));
    const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
    RC_ASSERT(!decode(base::ByteView(bytes).first(cut)).has_value());
    for (const auto fields : {kOptionalField, kTwoOptionalFields}) {
      const base::Bytes later = with(bytes, fields);
      const auto skipped = decode(later);
      RC_ASSERT(skipped.has_value());
      RC_ASSERT(same(*skipped, message));
    }
    for (const auto tail : {kCriticalField, kFieldsOutOfOrder, kFieldCutShort, kTagZero, kOptionalField.substr(0, 1)}) {
      RC_ASSERT(!decode(with(bytes, tail)).has_value());
    }
  });
}

TEST_CASE("set-up and control messages round-trip") {
  CHECK(message_holds("Hello", any::hello, decode_hello));
  CHECK(message_holds("Start", any::start, decode_start));
  CHECK(message_holds("Ready", any::ready, decode_ready));
  CHECK(message_holds("Credit", any::credit, decode_credit));
  CHECK(message_holds("progress", any::counters, decode_progress));
  CHECK(message_holds("Report", any::report, decode_report));
  CHECK(message_holds("Finish", any::finish, decode_finish));
  CHECK(message_holds("Goodbye", any::goodbye, decode_goodbye));
}

TEST_CASE("requests round-trip") { CHECK(message_holds("request", any::request, decode_request)); }

TEST_CASE("answers round-trip") {
  CHECK(rc::check("an answer survives its own bytes and no others", [] {
    base::Bytes data;
    const Answer answer = any::answer(data);
    base::Bytes bytes = encode_answer_header(answer);
    const std::size_t header = bytes.size();
    bytes.insert(bytes.end(), data.begin(), data.end());
    const auto decoded = decode_answer(bytes);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(same(*decoded, answer));
    // How much data there must be, the answers with items do not say; but a header alone never ends early.
    const bool open_end = !data.empty() && !std::holds_alternative<BundleAnswer>(answer);
    const auto cut = *rc::gen::inRange<std::size_t>(0, open_end ? header : bytes.size());
    RC_ASSERT(!decode_answer(base::ByteView(bytes).first(cut)).has_value());
    if (!open_end) RC_ASSERT(!decode_answer(with(bytes, "x")).has_value());
    if (open_end) RC_ASSERT(!decode_answer(base::ByteView(bytes).first(header)).has_value());
    // The length of the fields is the last byte of the header.
    base::Bytes later(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header) - 1);
    later = with(std::move(later), "\x05");
    later = with(std::move(later), kOptionalField);
    later.insert(later.end(), data.begin(), data.end());
    const auto skipped = decode_answer(later);
    RC_ASSERT(skipped.has_value());
    RC_ASSERT(same(*skipped, answer));
  }));
}

TEST_CASE("requests for the same members have the same bytes") {
  BundleRequest request{5, {true, false, true}};
  const base::Bytes bytes = encode(Request(request));
  request.members.resize(4000);
  CHECK(encode(Request(request)) == bytes);
  const auto decoded = decode_request(bytes);
  REQUIRE(decoded.has_value());
  CHECK(std::get<BundleRequest>(*decoded).members == std::vector<bool>{true, false, true});
}

TEST_CASE("words for people are cut, not refused") {
  Goodbye goodbye;
  goodbye.text = std::string(100'000, 'x');
  const auto decoded = decode_goodbye(encode(goodbye));
  REQUIRE(decoded.has_value());
  CHECK(decoded->text == std::string(4096, 'x'));
  Report report;
  report.text = std::string("a\0b", 3);
  const auto cut = decode_report(encode(report));
  REQUIRE(cut.has_value());
  CHECK(cut->text == "a");
}

}  // namespace
}  // namespace g5ksync::proto
