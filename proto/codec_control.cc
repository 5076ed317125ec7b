// Credit, progress, Report, Finish, Goodbye.
#include <array>

#include "proto/codec.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

// In the order of the wire.
constexpr std::array kCounters = {
    &Counters::entries_compared, &Counters::files_written, &Counters::bytes_written, &Counters::files_skipped,
    &Counters::directories_made, &Counters::links_made,    &Counters::nodes_made,    &Counters::attributes_set,
    &Counters::problems,         &Counters::files_wanted,  &Counters::bytes_wanted,  &Counters::deleted,
    &Counters::deletions_held,   &Counters::unsettable,    &Counters::files_copied,  &Counters::bytes_copied,
    &Counters::missing,
};

void put_counters(base::ByteWriter& out, const Counters& counters) {
  for (const auto counter : kCounters) out.varint(counters.*counter);
}

Counters get_counters(base::ByteReader& in) {
  Counters counters;
  for (const auto counter : kCounters) counters.*counter = in.varint();
  return counters;
}

}  // namespace

base::Bytes encode(const Credit& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(message.which));
  out.varint(message.limit);
  return bytes;
}

base::Result<Credit> decode_credit(base::ByteView payload) {
  base::ByteReader in(payload);
  Credit message;
  message.which = wire::get_enum(in, CreditClass::log, CreditClass::listings);
  message.limit = in.varint();
  return wire::finish(in, message, "Credit");
}

base::Bytes encode(const Counters& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  put_counters(out, message);
  return bytes;
}

base::Result<Counters> decode_progress(base::ByteView payload) {
  base::ByteReader in(payload);
  const Counters message = get_counters(in);
  return wire::finish(in, message, "progress");
}

base::Bytes encode(const Report& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(message.kind));
  out.varint(message.entry);
  wire::put_error(out, message.error, message.sys_errno);
  wire::put_text(out, message.text, wire::kMaxText);
  return bytes;
}

base::Result<Report> decode_report(base::ByteView payload) {
  base::ByteReader in(payload);
  Report message;
  message.kind = wire::get_enum(in, ReportKind::problem, ReportKind::deletion);
  message.entry = in.varint_up_to(wire::kMaxNumber);
  wire::get_error(in, message.error, message.sys_errno);
  message.text = wire::get_text(in, wire::kMaxText);
  return wire::finish(in, std::move(message), "Report");
}

base::Bytes encode(const Finish& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  put_counters(out, message.counters);
  out.varint(message.peak_memory);
  out.varint(message.cpu_micros);
  return bytes;
}

base::Result<Finish> decode_finish(base::ByteView payload) {
  base::ByteReader in(payload);
  Finish message;
  message.counters = get_counters(in);
  message.peak_memory = in.varint();
  message.cpu_micros = in.varint();
  return wire::finish(in, message, "Finish");
}

base::Bytes encode(const Goodbye& message) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  out.u8(message.success ? 1 : 0);
  wire::put_error(out, message.error, message.sys_errno);
  wire::put_text(out, message.text, wire::kMaxText);
  return bytes;
}

base::Result<Goodbye> decode_goodbye(base::ByteView payload) {
  base::ByteReader in(payload);
  Goodbye message;
  message.success = wire::get_bits(in, 1) != 0;
  wire::get_error(in, message.error, message.sys_errno);
  message.text = wire::get_text(in, wire::kMaxText);
  return wire::finish(in, std::move(message), "Goodbye");
}

}  // namespace g5ksync::proto
