// Frames on their way to one peer, in three lanes by urgency: control, log, answers. A frame once begun is finished
// before another starts.
#pragma once

#include <array>
#include <deque>
#include <memory>

#include "proto/frame.h"

namespace g5ksync::proto {

enum class Urgency : std::size_t { control = 0, log = 1, answer = 2 };

/// Payloads may be shared between queues: they are sent from where they are. Not thread-safe.
class OutQueue {
 public:
  void push(Urgency urgency, FrameHeader header, base::Bytes payload);
  /// `payload` is a part of `owner`'s bytes.
  void push_shared(Urgency urgency, FrameHeader header, std::shared_ptr<const base::Bytes> owner,
                   base::ByteView payload);

  /// The next bytes for the wire; empty when there are none.
  base::ByteView front();
  /// So many bytes of front() are on their way.
  void consume(std::size_t count);

  std::size_t bytes() const { return bytes_; }
  std::size_t bytes(Urgency urgency) const { return lane_bytes_[static_cast<std::size_t>(urgency)]; }
  bool empty() const { return bytes_ == 0; }
  /// Drops what has not been begun: nothing but what is pushed from now on follows.
  void drop_unbegun();

 private:
  struct Item {
    base::Bytes header;
    std::shared_ptr<const base::Bytes> owner;
    base::ByteView payload;
    std::size_t lane = 0;
  };
  std::array<std::deque<Item>, 3> lanes_;
  std::array<std::size_t, 3> lane_bytes_{};
  Item current_;
  std::size_t header_sent_ = 0, payload_sent_ = 0;
  bool begun_ = false;
  std::size_t bytes_ = 0;
};

}  // namespace g5ksync::proto
