// Bytes in memory, and the two cursors that every format of the project is read and written with.
//
// Integers are little-endian; varint is LEB128 (7 bits a byte, low group first, at most 10 bytes, no needless
// trailing zero group); signed numbers are zigzag-folded first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace g5ksync::base {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView view_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view text_of(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Appends to a buffer that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}
  void u8(std::uint8_t value) { out_.push_back(static_cast<std::byte>(value)); }
  void u16(std::uint16_t value) { fixed(value, 2); }
  void u32(std::uint32_t value) { fixed(value, 4); }
  void u64(std::uint64_t value) { fixed(value, 8); }
  void varint(std::uint64_t value);
  void zigzag(std::int64_t value);
  void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  /// varint length, then the bytes.
  void string(std::string_view text);
  std::size_t size() const { return out_.size(); }

 private:
  void fixed(std::uint64_t value, int count);
  Bytes& out_;
};

/// Reads hostile bytes. A read past the end, an overlong varint or a length over its cap puts the reader into the
/// failed state, in which every read gives zero or empty; callers check ok() once at the end (and before they
/// allocate or loop by a count that was read). Views point into the bytes given and live as long as those.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}
  std::uint8_t u8();
  std::uint16_t u16() { return static_cast<std::uint16_t>(fixed(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
  std::uint64_t u64() { return fixed(8); }
  std::uint64_t varint();
  /// A varint that must be at most `cap`.
  std::uint64_t varint_up_to(std::uint64_t cap);
  std::int64_t zigzag();
  ByteView raw(std::size_t count);
  /// varint length of at most `cap`, then the bytes.
  std::string_view string(std::size_t cap);

  bool ok() const { return ok_; }
  void set_failed();
  bool at_end() const { return bytes_.empty(); }
  std::size_t remaining() const { return bytes_.size(); }

 private:
  std::uint64_t fixed(std::size_t count);
  ByteView bytes_;
  bool ok_ = true;
};

}  // namespace g5ksync::base
