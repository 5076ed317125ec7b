#include "tests/app/run/published.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <stdexcept>

#include "engine/delta/whole_file_sum.h"

namespace g5ksync::test {

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 7;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

proto::Sum sum_of(const std::string& bytes) { return proto::Sum::xxh3(delta::sum_of(base::view_of(bytes))); }

Published::Published(const std::vector<std::pair<std::string, std::string>>& files) {
  for (const auto& [name, bytes] : files) write(name, bytes);
  publish(scratch_.path());
}

Published::Published(const std::string& directory) { publish(directory); }

void Published::publish(const std::string& directory) {
  auto root = fs::open_root(directory);
  if (!root) throw std::runtime_error(root.error().message());
  sources_.push_back({std::move(*root), ""});
  const auto scan = tree::Scan::start(executor_, sources_, rules_, {}, publication);
  if (!scan) throw std::runtime_error(scan.error().message());
  executor_.wait_idle();
}

base::Result<Answered> Published::ask(const proto::Request& request) {
  G5K_ASSIGN(base::Bytes raw, reader.read(request));
  Answered answered{std::move(raw), {}};
  G5K_ASSIGN(answered.value, proto::decode_answer(answered.raw));
  return answered;
}

base::ErrorKind Published::refusal(const proto::Request& request) {
  const auto raw = reader.read(request);
  REQUIRE_FALSE(raw.has_value());
  return raw.error().kind;
}

void Published::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(path(name), std::ios::binary) << bytes;
}

std::vector<proto::LogRecord> Published::records() {
  std::vector<proto::LogRecord> all;
  proto::LogReader log;
  proto::Unpacker unpacker;
  std::uint64_t offset = 0;
  while (const auto frame = publication.log_frame(offset, UINT64_MAX, true)) {
    const auto raw = unpacker.unpack(frame->payload, frame->zstd, frame->raw_length, proto::kMaxLogFrameRaw);
    REQUIRE(raw.has_value());
    log.feed(*raw);
    offset += frame->raw_length;
  }
  for (auto record = log.next(); record && *record; record = log.next()) all.push_back(std::move(**record));
  proto::LogReader listings{tree::AttributeMask{}};
  offset = 0;
  while (const auto frame = publication.listings_frame(offset, UINT64_MAX, true)) {
    const auto raw = unpacker.unpack(frame->payload, frame->zstd, frame->raw_length, proto::kMaxLogFrameRaw);
    REQUIRE(raw.has_value());
    listings.feed(*raw);
    offset += frame->raw_length;
  }
  for (auto record = listings.next(); record && *record; record = listings.next()) all.push_back(std::move(**record));
  return all;
}

}  // namespace g5ksync::test
