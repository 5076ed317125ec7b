// Messages that no honest peer sends: each cap, enum, order and count.
#include <catch2/catch.hpp>
#include <functional>
#include <initializer_list>

#include "proto/codec.h"
#include "tests/proto/samples.h"

namespace g5ksync::proto {
namespace {

base::Bytes bytes_of(std::initializer_list<int> values) {
  base::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

template <class Result>
bool refused(const Result& result) {
  return !result.has_value() && !result.error().context.empty();
}

/// A sample with one member changed; encoders trust their values.
template <class Message>
base::Bytes altered(Message message, const std::function<void(Message&)>& change) {
  change(message);
  return encode(message);
}

TEST_CASE("empty payloads are refused") {
  CHECK(refused(decode_hello({})));
  CHECK(refused(decode_start({})));
  CHECK(refused(decode_ready({})));
  CHECK(refused(decode_credit({})));
  CHECK(refused(decode_progress({})));
  CHECK(refused(decode_report({})));
  CHECK(refused(decode_finish({})));
  CHECK(refused(decode_goodbye({})));
  CHECK(refused(decode_request({})));
  CHECK(refused(decode_answer({})));
}

TEST_CASE("varints are minimal and fit 64 bits") {
  const auto credit = [](std::initializer_list<int> values) { return decode_credit(bytes_of(values)); };
  REQUIRE(credit({1, 0x7f}).has_value());
  CHECK(credit({1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})->limit == UINT64_MAX);
  CHECK(refused(credit({1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02})));
  CHECK(refused(credit({1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x01})));
  CHECK(refused(credit({1, 0x80, 0x00})));
  CHECK(refused(credit({1, 0xff, 0x80, 0x00})));
  CHECK(refused(credit({1, 0x80})));
  CHECK(refused(credit({0, 1})));
  CHECK(refused(credit({4, 1})));
}

TEST_CASE("Hello is checked") {
  using Change = std::function<void(Hello&)>;
  const auto hello = [](const Change& change) { return decode_hello(altered<Hello>(samples::hello(), change)); };
  CHECK(hello([](Hello& m) { m.capabilities = UINT64_MAX; }).has_value());
  CHECK(refused(hello([](Hello& m) { m.oldest_version = 0; })));
  CHECK(refused(hello([](Hello& m) { m.oldest_version = 4; })));
  base::Bytes banner = encode(samples::hello());
  banner[0] = std::byte{'G'};
  CHECK(refused(decode_hello(banner)));
  CHECK(refused(decode_hello(base::view_of("g5ksync"))));
  base::Bytes long_name = encode(Hello{});
  long_name[13] = std::byte{65};  // the length of `program`
  long_name.resize(200);
  CHECK(refused(decode_hello(long_name)));
}

TEST_CASE("Start is checked") {
  using Change = std::function<void(Start&)>;
  const auto start = [](const Change& change) { return decode_start(altered<Start>(samples::start(), change)); };
  CHECK(start([](Start&) {}).has_value());
  CHECK(start([](Start& m) { m.destination = std::string(4095, 'd'); }).has_value());
  const auto other_version = start([](Start& m) { m.version = kNewestVersion + 1; });
  REQUIRE(refused(other_version));
  CHECK(other_version.error().kind == base::ErrorKind::unsupported);
  const std::initializer_list<Change> offences = {
      [](Start& m) { m.version = 0; },
      [](Start& m) { m.capabilities = 128; },
      [](Start& m) { m.role = Role{0}; },
      [](Start& m) { m.role = Role{4}; },
      [](Start& m) { m.run_id = "0123456789ABCDEF"; },
      [](Start& m) { m.run_id = "../3456789abcdef"; },
      [](Start& m) { m.destination = std::string(4096, 'd'); },
      [](Start& m) { m.destination = std::string("a\0b", 3); },
      [](Start& m) { m.flags = run_flag::all + 1; },
      [](Start& m) { m.sums = SumAlgorithm{3}; },
      [](Start& m) { m.threads = 1025; },
      [](Start& m) { m.time_unit = 0; },
      [](Start& m) {
        m.rules = {{tree::FilterAction::exclude, ""}};
      },
      [](Start& m) {
        m.rules.assign(2, {tree::FilterAction::exclude, std::string(kMaxRuleBytes / 2, 'x')});
      },
      [](Start& m) { m.time_unit = 10'000'000'001; },
      [](Start& m) { m.root_names = {""}; },
      [](Start& m) { m.root_names = {".."}; },
      [](Start& m) { m.root_names = {"a/b"}; },
      [](Start& m) {
        m.root_names = {"b", "a"};
      },
      [](Start& m) { m.root_names.assign(2, "a"); },
  };
  for (const Change& offence : offences) CHECK(refused(start(offence)));
}

TEST_CASE("Ready, Report, Finish and Goodbye are checked") {
  using ReadyChange = std::function<void(Ready&)>;
  const auto ready = [](const ReadyChange& change) { return decode_ready(altered<Ready>(samples::ready(), change)); };
  CHECK(refused(ready([](Ready& m) { m.time_unit = 0; })));
  CHECK(refused(ready([](Ready& m) { m.umask = 01000; })));
  base::Bytes flag = encode(samples::ready());
  flag.back() = std::byte{8};
  CHECK(refused(decode_ready(flag)));

  using ReportChange = std::function<void(Report&)>;
  const auto report = [](const ReportChange& change) {
    return decode_report(altered<Report>(samples::report(), change));
  };
  CHECK(refused(report([](Report& m) { m.kind = ReportKind{0}; })));
  CHECK(refused(report([](Report& m) { m.kind = ReportKind{5}; })));
  CHECK(refused(report([](Report& m) { m.entry = std::uint64_t{1} << 63; })));
  CHECK(refused(decode_report(bytes_of({1, 5, 0, 0, 0}))));           // error kind 0
  CHECK(refused(decode_report(bytes_of({1, 5, 15, 0, 0}))));          // one past the last
  CHECK(refused(decode_report(bytes_of({1, 5, 5, 0x80, 0x20, 0}))));  // errno 4096
  CHECK(decode_report(bytes_of({1, 5, 5, 0xff, 0x1f, 0})).has_value());
  CHECK(refused(decode_report(bytes_of({1, 5, 5, 0, 2, 'a', 0}))));   // NUL
  CHECK(refused(decode_report(bytes_of({1, 5, 5, 0, 0x81, 0x20}))));  // a text of 4097 bytes

  CHECK(refused(decode_finish(encode(samples::counters()))));
  CHECK(refused(decode_goodbye(bytes_of({2, 5, 0, 0}))));
}

TEST_CASE("bundle requests are checked") {
  const auto request = [](std::initializer_list<int> values) { return decode_request(bytes_of(values)); };
  CHECK(request({1, 0, 1, 1}).has_value());
  CHECK(refused(request({0, 0, 1, 1})));
  CHECK(refused(request({3, 0, 1, 1})));
  CHECK(refused(request({1, 0, 0})));           // no member
  CHECK(refused(request({1, 0, 2, 1})));        // the last bit is not set
  CHECK(refused(request({1, 0, 1, 3})));        // a bit past the last
  CHECK(refused(request({1, 0, 9, 1})));        // a byte is missing
  CHECK(refused(request({1, 0, 0x81, 0x20})));  // 4097 members
  CHECK(refused(request({1, 0, 0xff, 0xff, 0xff, 0x7f})));
  BundleRequest most{0, std::vector<bool>(kBundleMembers)};
  most.members.back() = true;
  CHECK(decode_request(encode(Request(most))).has_value());
  most.members.push_back(true);
  CHECK(refused(decode_request(encode(Request(most)))));
}

TEST_CASE("bundle answers are checked") {
  using Change = std::function<void(BundleAnswer&)>;
  const auto answer = [](const Change& change) {
    BundleAnswer made = samples::bundle_answer();
    change(made);
    return decode_answer(samples::whole_answer(made));
  };
  CHECK(answer([](BundleAnswer&) {}).has_value());
  const std::initializer_list<Change> offences = {
      [](BundleAnswer& a) { a.members.clear(); },
      [](BundleAnswer& a) { a.members[0].size = 4; },
      [](BundleAnswer& a) { a.members[0].size = 2; },
      [](BundleAnswer& a) { a.members[0].size = 0; },
      [](BundleAnswer& a) { a.members[0].size = kSmallFile; },
      [](BundleAnswer& a) { a.members[1].served = Served{3}; },
      [](BundleAnswer& a) { a.members[2].index = kBundleMembers; },
      [](BundleAnswer& a) { a.members[2].index = 2; },  // before the one before
      [](BundleAnswer& a) { a.members[0].sum.algorithm = SumAlgorithm{3}; },
      [](BundleAnswer& a) { a.bundle = std::uint64_t{1} << 63; },
      [](BundleAnswer& a) { a.data = a.data.first(a.data.size() - 1); },
  };
  for (const Change& offence : offences) CHECK(refused(answer(offence)));
  CHECK(refused(decode_answer(bytes_of({1, 0, 0xff, 0x1f, 0, 1, 0}))));  // 4095 members in 3 bytes
  CHECK(refused(decode_answer(bytes_of({4, 0, 0}))));
}

TEST_CASE("an answer has at most its cap") {
  RangesAnswer answer{{{1, 1, Served::whole}}, {}};
  base::Bytes data(kMaxRangeBytes);
  answer.data = data;
  base::Bytes bytes = samples::whole_answer(answer);
  REQUIRE(decode_answer(bytes).has_value());
  bytes.push_back(std::byte{0});
  CHECK(refused(decode_answer(bytes)));
  bytes.resize(kMaxAnswerRaw + 1);
  CHECK(refused(decode_answer(bytes)));
}

TEST_CASE("refusals are checked") {
  CHECK(decode_answer(bytes_of({3, 2, 1, 1, 0})).has_value());
  CHECK(refused(decode_answer(bytes_of({3, 2, 1, 0, 0}))));
  CHECK(refused(decode_answer(bytes_of({3, 2, 1, 6, 0}))));
  CHECK(refused(decode_answer(bytes_of({3, 2, 1, 1, 0, 0}))));
  CHECK(decode_answer(bytes_of({3, 2, 1, 1, 2, 2, 0})).has_value());
  CHECK(refused(decode_answer(bytes_of({3, 2, 1, 1, 2, 3, 0}))));  // a critical field
}

}  // namespace
}  // namespace g5ksync::proto
