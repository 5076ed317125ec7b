// The wire as it is: one instance of every message and frame in golden/*.hex, compared byte for byte. A change of the
// wire edits these files with docs/protocol.md. G5KSYNC_WRITE_GOLDEN=1 writes them anew.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "proto/codec.h"
#include "tests/proto/equal.h"
#include "tests/proto/samples.h"

namespace g5ksync::proto {
namespace {

std::string to_hex(base::ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = static_cast<unsigned>(bytes[i]);
    text += digits[value >> 4];
    text += digits[value & 15];
    text += i % 16 == 15 || i + 1 == bytes.size() ? '\n' : ' ';
  }
  return text;
}

std::string golden_path(const std::string& name) { return std::string(G5KSYNC_GOLDEN) + "/" + name + ".hex"; }

/// Hex digits; lines that start with '#' are words.
base::Bytes read_golden(const std::string& name) {
  std::ifstream file(golden_path(name));
  base::Bytes bytes;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream pairs(line);
    for (std::string pair; pairs >> pair;) bytes.push_back(static_cast<std::byte>(std::stoi(pair, nullptr, 16)));
  }
  return bytes;
}

/// Compares `bytes` with the golden file and gives what the file holds.
base::Bytes check_golden(const std::string& name, base::ByteView bytes) {
  if (std::getenv("G5KSYNC_WRITE_GOLDEN") != nullptr) {
    std::ofstream(golden_path(name)) << "# " << name << ", " << bytes.size() << " bytes\n" << to_hex(bytes);
  }
  const base::Bytes golden = read_golden(name);
  INFO(name);
  CHECK(to_hex(golden) == to_hex(bytes));
  return golden;
}

template <class Message, class Decode>
void check_message(const std::string& name, const Message& message, Decode decode) {
  const auto decoded = decode(check_golden(name, encode(message)));
  INFO(name);
  REQUIRE(decoded.has_value());
  CHECK(same(*decoded, message));
}

TEST_CASE("control messages are the golden ones") {
  check_message("message_hello", samples::hello(), decode_hello);
  check_message("message_start", samples::start(), decode_start);
  check_message("message_ready", samples::ready(), decode_ready);
  check_message("message_credit", samples::credit(), decode_credit);
  check_message("message_progress", samples::counters(), decode_progress);
  check_message("message_report", samples::report(), decode_report);
  check_message("message_finish", samples::finish(), decode_finish);
  check_message("message_goodbye", samples::goodbye(), decode_goodbye);
  check_message("message_goodbye_thanks", Goodbye{}, decode_goodbye);
}

TEST_CASE("requests and answers are the golden ones") {
  check_message("request_bundle", Request(samples::bundle_request()), decode_request);
  check_message("request_ranges", Request(samples::ranges_request()), decode_request);
  check_message("request_sums", Request(samples::sums_request()), decode_request);
  check_message("request_openings", Request(samples::openings_request()), decode_request);
  check_message("request_signatures", Request(samples::signatures_request()), decode_request);
  check_message("request_digest", Request(samples::digest_request()), decode_request);
  check_message("request_listings", Request(samples::listings_request()), decode_request);
  const std::pair<std::string, Answer> answers[] = {{"answer_bundle", samples::bundle_answer()},
                                                    {"answer_ranges", samples::ranges_answer()},
                                                    {"answer_sums", samples::sums_answer()},
                                                    {"answer_openings", samples::openings_answer()},
                                                    {"answer_signatures", samples::signatures_answer()},
                                                    {"answer_digest", samples::digest_answer()},
                                                    {"answer_listings", samples::listings_answer()},
                                                    {"answer_cannot_serve", samples::cannot_serve()}};
  for (const auto& [name, answer] : answers) {
    INFO(name);
    const base::Bytes golden = check_golden(name, samples::whole_answer(answer));
    const auto decoded = decode_answer(golden);
    REQUIRE(decoded.has_value());
    CHECK(same(*decoded, answer));
  }
}

void check_records(LogReader reader, const std::vector<LogRecord>& records, const std::vector<std::string>& names) {
  REQUIRE(records.size() == names.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    base::Bytes bytes;
    append_record(records[i], samples::full_mask(), bytes);
    reader.feed(check_golden("record_" + names[i], bytes));
    const auto decoded = reader.next();
    REQUIRE((decoded && *decoded));
    CHECK(same(**decoded, records[i]));
  }
}

TEST_CASE("log records are the golden ones") {
  check_records(LogReader(), samples::log_records(),
                {"root", "version", "sum_xxh3", "sum_sha256", "unreadable", "end"});
  check_records(LogReader(samples::full_mask()), samples::listing_records(),
                {"directory", "directory_empty", "bundle_end", "listed"});
}

TEST_CASE("frames are the golden ones") {
  for (const samples::NamedFrame& frame : samples::frames()) {
    base::Bytes bytes;
    encode_frame(frame.header, frame.payload, bytes);
    const base::Bytes golden = check_golden("frame_" + frame.name, bytes);
    INFO(frame.name);
    FrameDecoder decoder;
    std::ranges::copy(golden, decoder.space().begin());
    decoder.commit(golden.size());
    const auto decoded = decoder.next();
    REQUIRE((decoded && *decoded));
    CHECK(std::ranges::equal((*decoded)->payload, frame.payload));
    base::Bytes again;
    encode_frame_header((*decoded)->header, again);
    CHECK(std::ranges::equal(again, base::ByteView(golden).first(kFrameHeader)));
  }
}

}  // namespace
}  // namespace g5ksync::proto
