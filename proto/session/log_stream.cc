#include "proto/session/log_stream.h"

#include <algorithm>

namespace g5ksync::proto {
namespace {

constexpr std::size_t kFrameFull = std::size_t{128} << 10;  // a frame is cut without being asked to flush
constexpr std::size_t kFrameMost = std::size_t{256} << 10;
constexpr int kLogLevel = 3;

}  // namespace

base::ByteView LogStream::at(std::uint64_t offset, std::size_t length) const {
  return base::ByteView(raw_).subspan(static_cast<std::size_t>(offset - dropped_), length);
}

std::shared_ptr<const LogFrame> LogStream::seal(bool flush) {
  const auto begin = static_cast<std::ptrdiff_t>(sealed_ - dropped_);
  const std::size_t waiting = raw_.size() - static_cast<std::size_t>(begin);
  if (waiting == 0 || (!flush && waiting < kFrameFull)) return nullptr;
  const std::size_t length = std::min(waiting, kFrameMost);
  const auto first = raw_.begin() + begin;
  const auto end = first + static_cast<std::ptrdiff_t>(length);
  Packed packed = packer_.pack(base::Bytes(first, end), kLogLevel);
  auto frame = std::make_shared<const LogFrame>(
      LogFrame{sealed_, static_cast<std::uint32_t>(length), packed.zstd, std::move(packed.bytes)});
  sealed_ += length;
  packed_ += frame->payload.size();
  frames_.push_back(frame);
  if (!keeps_raw_) {
    raw_.erase(raw_.begin(), end);
    dropped_ = sealed_;
  }
  return frame;
}

std::shared_ptr<const LogFrame> LogStream::frame_at(std::uint64_t offset, std::uint64_t limit, bool flush) {
  std::shared_ptr<const LogFrame> frame;
  if (offset < sealed_) {
    const auto at = std::lower_bound(frames_.begin(), frames_.end(), offset,
                                     [](const auto& sealed, std::uint64_t wanted) { return sealed->offset < wanted; });
    frame = *at;
  } else if (offset + kFrameMost <= limit) {
    frame = seal(flush);
  }
  return frame && frame->offset + frame->raw_length <= limit ? frame : nullptr;
}

}  // namespace g5ksync::proto
