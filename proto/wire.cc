#include "proto/wire.h"

#include <algorithm>
#include <array>
#include <string>

namespace g5ksync::proto::wire {
namespace {

using base::ErrorKind;

// The number of a kind on the wire is its place here, from 1: append, never reorder.
constexpr std::array kErrorKinds = {
    ErrorKind::usage,   ErrorKind::not_found, ErrorKind::permission,  ErrorKind::no_space,    ErrorKind::io,
    ErrorKind::changed, ErrorKind::protocol,  ErrorKind::unsupported, ErrorKind::connection,  ErrorKind::host_key,
    ErrorKind::auth,    ErrorKind::deploy,    ErrorKind::timeout,     ErrorKind::interrupted,
};

// The bit of an attribute is its place here: append, never reorder.
constexpr std::array kMaskBits = {
    &tree::AttributeMask::mode,     &tree::AttributeMask::mtime,   &tree::AttributeMask::owner,
    &tree::AttributeMask::group,    &tree::AttributeMask::devices, &tree::AttributeMask::specials,
    &tree::AttributeMask::symlinks,
};

std::size_t sum_size(SumAlgorithm algorithm) {
  switch (algorithm) {
    case SumAlgorithm::none:
      return 0;
    case SumAlgorithm::xxh3_128:
      return 16;
    case SumAlgorithm::sha256:
      return 32;
  }
  return 0;
}

}  // namespace

base::Failure malformed(std::string_view what) {
  return base::fail(ErrorKind::protocol, "malformed " + std::string(what));
}

void skip_fields(base::ByteReader& in) {
  std::uint64_t previous = 0;
  while (!in.at_end()) {
    const std::uint64_t tag = in.varint();
    const bool critical = (tag & 1) != 0;
    if (tag <= previous || critical) in.set_failed();
    in.string(in.remaining());
    previous = tag;
  }
}

void put_mask(base::ByteWriter& out, const tree::AttributeMask& mask) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kMaskBits.size(); ++i) bits |= std::uint64_t{mask.*kMaskBits[i]} << i;
  out.varint(bits);
}

tree::AttributeMask get_mask(base::ByteReader& in) {
  const std::uint64_t bits = in.varint_up_to((1u << kMaskBits.size()) - 1);
  tree::AttributeMask mask;
  for (std::size_t i = 0; i < kMaskBits.size(); ++i) mask.*kMaskBits[i] = ((bits >> i) & 1) != 0;
  return mask;
}

void put_text(base::ByteWriter& out, std::string_view text, std::size_t cap) {
  text = text.substr(0, text.find('\0'));
  out.string(text.substr(0, cap));
}

std::string get_text(base::ByteReader& in, std::size_t cap) {
  const std::string_view text = in.string(cap);
  if (text.find('\0') == std::string_view::npos) return std::string(text);
  in.set_failed();
  return {};
}

void put_error(base::ByteWriter& out, base::ErrorKind kind, std::uint32_t sys_errno) {
  const auto* place = std::find(kErrorKinds.begin(), kErrorKinds.end(), kind);
  out.u8(static_cast<std::uint8_t>(place - kErrorKinds.begin() + 1));
  out.varint(std::min(sys_errno, kMaxErrno));
}

void get_error(base::ByteReader& in, base::ErrorKind& kind, std::uint32_t& sys_errno) {
  const std::size_t number = in.u8();
  if (number < 1 || number > kErrorKinds.size()) {
    in.set_failed();
    return;
  }
  kind = kErrorKinds[number - 1];
  sys_errno = get_u32(in, kMaxErrno);
}

void put_sum(base::ByteWriter& out, const Sum& sum) {
  out.u8(static_cast<std::uint8_t>(sum.algorithm));
  out.raw(base::ByteView(sum.bytes).first(sum_size(sum.algorithm)));
}

Sum get_sum(base::ByteReader& in) {
  Sum sum;
  sum.algorithm = get_algorithm(in);
  const base::ByteView bytes = in.raw(sum_size(sum.algorithm));
  std::copy(bytes.begin(), bytes.end(), sum.bytes.begin());
  return sum;
}

EntryId get_entry_id(base::ByteReader& in) {
  const EntryId id = in.varint_up_to(kMaxNumber);
  if (id == tree::kRoot) in.set_failed();
  return id;
}

Version get_version(base::ByteReader& in) {
  const Version version = get_u32(in);
  if (version == 0) in.set_failed();
  return version;
}

std::uint64_t get_time_unit(base::ByteReader& in) {
  const std::uint64_t unit = in.varint_up_to(kMaxTimeUnit);
  if (unit == 0) in.set_failed();
  return unit;
}

SumAlgorithm get_algorithm(base::ByteReader& in) { return get_enum(in, SumAlgorithm::none, SumAlgorithm::sha256); }

std::uint32_t get_nanos(base::ByteReader& in) { return get_u32(in, kNanosPerSecond - 1); }

std::uint8_t get_bits(base::ByteReader& in, std::uint8_t known) {
  const std::uint8_t bits = in.u8();
  if ((bits & ~known) == 0) return bits;
  in.set_failed();
  return 0;
}

}  // namespace g5ksync::proto::wire
