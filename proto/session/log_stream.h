// A stream of records as its readers get it: cut into frames, each packed once for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "proto/compression.h"

namespace g5ksync::proto {

/// A piece of a stream as it travels.
struct LogFrame {
  std::uint64_t offset = 0;  // in the unpacked stream
  std::uint32_t raw_length = 0;
  bool zstd = false;
  base::Bytes payload;
};

/// Not thread-safe. Frames are made when a reader comes to them.
class LogStream {
 public:
  /// `keep`: the unpacked bytes stay readable by at().
  enum class Raw { keep, drop };
  explicit LogStream(Raw raw) : keeps_raw_(raw == Raw::keep) {}

  /// Records are appended here.
  base::Bytes& tail() { return raw_; }
  std::uint64_t size() const { return dropped_ + raw_.size(); }
  /// With Raw::keep. The view is good until more is appended.
  base::ByteView at(std::uint64_t offset, std::size_t length) const;

  /// The frame that starts at `offset`, which is 0 or where a frame ended; null if there is none yet, or if it does
  /// not end at `limit` or before. `flush`: even a small one, when nothing else is left to send.
  std::shared_ptr<const LogFrame> frame_at(std::uint64_t offset, std::uint64_t limit, bool flush);
  std::uint64_t packed() const { return packed_; }

 private:
  std::shared_ptr<const LogFrame> seal(bool flush);

  const bool keeps_raw_;
  base::Bytes raw_;
  std::uint64_t dropped_ = 0;  // bytes before raw_
  std::uint64_t sealed_ = 0;   // bytes in frames
  std::uint64_t packed_ = 0;
  std::vector<std::shared_ptr<const LogFrame>> frames_;
  Packer packer_;
};

}  // namespace g5ksync::proto
