// What the codecs share; no other folder includes this. The parts of a message that several of them have, and the
// fields by which a later program may add to any message without a new wire version.
//
// A field is a varint tag and a string (varint length, bytes). Fields come in rising order of tags. An odd tag is
// critical: who does not know it must give up; an even tag may be skipped. This version knows no tag yet.
//
// The put functions trust their values. The get functions leave the reader failed where the bytes are not allowed.
#pragma once

#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "proto/messages.h"

namespace g5ksync::proto::wire {

inline constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 63) - 1;  // ids, sizes, offsets, bundle numbers
inline constexpr std::size_t kMaxPath = 4095;                              // link targets and the destination
inline constexpr std::size_t kMaxName = 255;                               // names of files, hosts, users and groups
inline constexpr std::size_t kMaxText = 4096;  // words for people; longer ones are cut by the writer
inline constexpr std::uint32_t kMaxErrno = 4095;
inline constexpr std::uint32_t kMaxMode = 07777;
inline constexpr std::uint32_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::uint64_t kMaxTimeUnit = 10ull * kNanosPerSecond;

base::Failure malformed(std::string_view what);

/// Reads the fields up to the reader's end.
void skip_fields(base::ByteReader& in);

/// The last step of every decoder: the fields, then the value if all was well.
template <class T>
base::Result<T> finish(base::ByteReader& in, T value, std::string_view what) {
  skip_fields(in);
  if (!in.ok()) return malformed(what);
  return value;
}

void put_mask(base::ByteWriter& out, const tree::AttributeMask& mask);
tree::AttributeMask get_mask(base::ByteReader& in);

/// Words for people, cut to `cap` bytes.
void put_text(base::ByteWriter& out, std::string_view text, std::size_t cap);
/// A string without NUL.
std::string get_text(base::ByteReader& in, std::size_t cap);

void put_error(base::ByteWriter& out, base::ErrorKind kind, std::uint32_t sys_errno);
void get_error(base::ByteReader& in, base::ErrorKind& kind, std::uint32_t& sys_errno);

void put_sum(base::ByteWriter& out, const Sum& sum);
Sum get_sum(base::ByteReader& in);

/// Entries of the log, never the root.
EntryId get_entry_id(base::ByteReader& in);
Version get_version(base::ByteReader& in);
std::uint64_t get_time_unit(base::ByteReader& in);
SumAlgorithm get_algorithm(base::ByteReader& in);
std::uint32_t get_nanos(base::ByteReader& in);
/// One byte of which only the bits in `known` may be set.
std::uint8_t get_bits(base::ByteReader& in, std::uint8_t known);
/// One byte from `least` to `most`, as an enum.
template <class Enum>
Enum get_enum(base::ByteReader& in, Enum least, Enum most) {
  const std::uint8_t value = in.u8();
  if (value >= static_cast<std::uint8_t>(least) && value <= static_cast<std::uint8_t>(most)) {
    return static_cast<Enum>(value);
  }
  in.set_failed();
  return least;
}
inline std::uint32_t get_u32(base::ByteReader& in, std::uint32_t cap = UINT32_MAX) {
  return static_cast<std::uint32_t>(in.varint_up_to(cap));
}

}  // namespace g5ksync::proto::wire
