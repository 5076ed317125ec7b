// Hello, Start, Ready.
#include <algorithm>

#include "proto/codec.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

constexpr std::string_view kMagic = "g5ksync\n";
constexpr std::size_t kMaxProgram = 64;
constexpr std::size_t kRunId = 16;
constexpr std::uint32_t kMaxThreads = 1024;
constexpr std::uint32_t kMaxUmask = 0777;
constexpr std::uint64_t kKnownCapabilities = capability::bundles | capability::ranges | capability::zstd |
                                             capability::xxh3 | capability::sha256 | capability::delta |
                                             capability::digests;
constexpr std::uint8_t kIncludes = 1;
constexpr std::uint8_t kMadeDestination = 1, kSetsOwner = 2, kSetsGroup = 4;

bool is_run_id(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// A number of which only the bits in `known` may be set.
std::uint64_t get_known_bits(base::ByteReader& in, std::uint64_t known) {
  const std::uint64_t bits = in.varint();
  if ((bits & ~known) != 0) in.set_failed();
  return bits;
}

std::vector<tree::FilterText> get_rules(base::ByteReader& in) {
  std::vector<tree::FilterText> rules;
  std::size_t bytes = 0;
  for (std::uint64_t count = in.varint_up_to(kMaxRuleBytes); count > 0 && in.ok(); --count) {
    const bool includes = wire::get_bits(in, kIncludes) != 0;
    rules.push_back(
        {includes ? tree::FilterAction::include : tree::FilterAction::exclude, wire::get_text(in, kMaxRuleBytes)});
    bytes += rules.back().pattern.size() + 1;
    if (rules.back().pattern.empty() || bytes > kMaxRuleBytes) in.set_failed();
  }
  return rules;
}

std::vector<std::string> get_root_names(base::ByteReader& in) {
  std::vector<std::string> names;
  const std::uint64_t count = in.varint_up_to(kMostRootNames);
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    names.push_back(wire::get_text(in, wire::kMaxName));
    if (!fs::check_name(names.back()) || (i > 0 && names[i] <= names[i - 1])) in.set_failed();
  }
  return names;
}

}  // namespace

base::Bytes encode(const Hello& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.raw(base::view_of(kMagic));
  out.u16(message.oldest_version);
  out.u16(message.newest_version);
  out.varint(message.capabilities);
  wire::put_text(out, message.program, kMaxProgram);
  wire::put_text(out, message.host_name, wire::kMaxName);
  out.varint(message.uid);
  return bytes;
}

base::Result<Hello> decode_hello(base::ByteView payload) {
  base::ByteReader in(payload);
  if (base::text_of(in.raw(kMagic.size())) != kMagic) return wire::malformed("Hello: another program answered");
  Hello message;
  message.oldest_version = in.u16();
  message.newest_version = in.u16();
  if (message.oldest_version == 0 || message.oldest_version > message.newest_version) in.set_failed();
  message.capabilities = in.varint();
  message.program = wire::get_text(in, kMaxProgram);
  message.host_name = wire::get_text(in, wire::kMaxName);
  message.uid = wire::get_u32(in);
  return wire::finish(in, std::move(message), "Hello");
}

base::Bytes encode(const Start& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.u16(message.version);
  out.varint(message.capabilities);
  out.u8(static_cast<std::uint8_t>(message.role));
  out.raw(base::view_of(message.run_id));
  out.string(message.destination);
  wire::put_mask(out, message.mask);
  out.varint(message.flags);
  out.u8(static_cast<std::uint8_t>(message.sums));
  out.varint(message.threads);
  out.varint(message.silence_limit_ms);
  out.varint(message.heartbeat_ms);
  out.varint(message.time_unit);
  out.varint(message.max_delete);
  out.varint(message.rules.size());
  for (const tree::FilterText& rule : message.rules) {
    out.u8(rule.action == tree::FilterAction::include ? kIncludes : 0);
    out.string(rule.pattern);
  }
  out.varint(message.root_names.size());
  for (const std::string& name : message.root_names) out.string(name);
  return bytes;
}

base::Result<Start> decode_start(base::ByteView payload) {
  base::ByteReader in(payload);
  Start message;
  message.version = in.u16();
  if (in.ok() && (message.version < kOldestVersion || message.version > kNewestVersion)) {
    return base::fail(base::ErrorKind::unsupported, "Start: the peer speaks another version of the protocol");
  }
  message.capabilities = get_known_bits(in, kKnownCapabilities);
  message.role = wire::get_enum(in, Role::replica, Role::relay);
  message.run_id = base::text_of(in.raw(kRunId));
  if (!is_run_id(message.run_id)) in.set_failed();
  message.destination = wire::get_text(in, wire::kMaxPath);
  message.mask = wire::get_mask(in);
  message.flags = static_cast<std::uint32_t>(get_known_bits(in, run_flag::all));
  message.sums = wire::get_algorithm(in);
  message.threads = wire::get_u32(in, kMaxThreads);
  message.silence_limit_ms = wire::get_u32(in);
  message.heartbeat_ms = wire::get_u32(in);
  message.time_unit = wire::get_time_unit(in);
  message.max_delete = in.varint();
  message.rules = get_rules(in);
  message.root_names = get_root_names(in);
  return wire::finish(in, std::move(message), "Start");
}

base::Bytes encode(const Ready& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.varint(message.time_unit);
  out.varint(message.log_limit);
  out.varint(message.listings_limit);
  out.varint(message.answer_window);
  out.varint(message.umask);
  out.u8(static_cast<std::uint8_t>((message.made_destination ? kMadeDestination : 0) |
                                   (message.sets_owner ? kSetsOwner : 0) | (message.sets_group ? kSetsGroup : 0)));
  return bytes;
}

base::Result<Ready> decode_ready(base::ByteView payload) {
  base::ByteReader in(payload);
  Ready message;
  message.time_unit = wire::get_time_unit(in);
  message.log_limit = in.varint();
  message.listings_limit = in.varint();
  message.answer_window = in.varint();
  message.umask = wire::get_u32(in, kMaxUmask);
  const std::uint8_t bits = wire::get_bits(in, kMadeDestination | kSetsOwner | kSetsGroup);
  message.made_destination = (bits & kMadeDestination) != 0;
  message.sets_owner = (bits & kSetsOwner) != 0;
  message.sets_group = (bits & kSetsGroup) != 0;
  return wire::finish(in, message, "Ready");
}

}  // namespace g5ksync::proto
