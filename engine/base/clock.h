// The clock seam: nothing below app/ reads the time in any other way.
#pragma once

#include <chrono>
#include <cstdint>

namespace g5ksync::base {

using Nanos = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic time since an arbitrary start: for deadlines and durations. Any thread.
  virtual Nanos now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Nanos now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
};

/// For tests: stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  Nanos now() const override { return now_; }
  void advance(Nanos by) { now_ += by; }

 private:
  Nanos now_{0};
};

}  // namespace g5ksync::base
