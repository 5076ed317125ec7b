#include "engine/base/bytes.h"

namespace g5ksync::base {

void ByteWriter::fixed(std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) u8(static_cast<std::uint8_t>(value >> (8 * i)));
}

void ByteWriter::varint(std::uint64_t value) {
  while (value >= 0x80) {
    u8(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  u8(static_cast<std::uint8_t>(value));
}

void ByteWriter::zigzag(std::int64_t value) {
  varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void ByteWriter::string(std::string_view text) {
  varint(text.size());
  raw(view_of(text));
}

void ByteReader::set_failed() {
  ok_ = false;
  bytes_ = {};
}

std::uint8_t ByteReader::u8() {
  if (bytes_.empty()) {
    set_failed();
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(bytes_.front());
  bytes_ = bytes_.subspan(1);
  return value;
}

std::uint64_t ByteReader::fixed(std::size_t count) {
  if (bytes_.size() < count) {
    set_failed();
    return 0;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= static_cast<std::uint64_t>(bytes_[i]) << (8 * i);
  bytes_ = bytes_.subspan(count);
  return value;
}

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    const std::uint8_t group = u8();
    if (!ok_) return 0;
    const bool overflows = shift == 63 && group > 1;
    const bool overlong = shift > 0 && group == 0;
    if (overflows || overlong) break;
    value |= static_cast<std::uint64_t>(group & 0x7f) << shift;
    if ((group & 0x80) == 0) return value;
  }
  set_failed();
  return 0;
}

std::uint64_t ByteReader::varint_up_to(std::uint64_t cap) {
  const std::uint64_t value = varint();
  if (value <= cap) return value;
  set_failed();
  return 0;
}

std::int64_t ByteReader::zigzag() {
  const std::uint64_t folded = varint();
  return static_cast<std::int64_t>((folded >> 1) ^ (~(folded & 1) + 1));
}

ByteView ByteReader::raw(std::size_t count) {
  if (bytes_.size() < count) {
    set_failed();
    return {};
  }
  const ByteView taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

std::string_view ByteReader::string(std::size_t cap) {
  const std::uint64_t count = varint_up_to(cap);
  return text_of(raw(static_cast<std::size_t>(count)));
}

}  // namespace g5ksync::base
