// Packing log frames and answers with zstd (RFC 8878).
#pragma once

#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

namespace g5ksync::proto {

struct Packed {
  base::Bytes bytes;
  bool zstd = false;  // false: the bytes are the raw ones
};

/// Owns a zstd context: one a worker. Not thread-safe.
class Packer {
 public:
  Packer();
  ~Packer();
  Packer(Packer&&) noexcept;
  Packer& operator=(Packer&&) noexcept;
  /// Packs as one zstd frame with its content size; gives the raw bytes where packing saves less than 3 %. Data that
  /// a probe of its beginning, middle and end finds incompressible is not packed at all. Takes `raw` over so that
  /// unpacked bytes need no copy.
  Packed pack(base::Bytes raw, int level);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Owns a zstd context: one a worker. Not thread-safe.
class Unpacker {
 public:
  Unpacker();
  ~Unpacker();
  Unpacker(Unpacker&&) noexcept;
  Unpacker& operator=(Unpacker&&) noexcept;
  /// `raw_length` was announced by the peer; over `cap`, or not what comes out, is a protocol error. Never allocates
  /// more than `raw_length`; needs no trust in the zstd frame's own header.
  base::Result<base::Bytes> unpack(base::ByteView packed, bool zstd, std::uint64_t raw_length, std::uint64_t cap);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace g5ksync::proto
