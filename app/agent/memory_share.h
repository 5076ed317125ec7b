// A part of a number of bytes that many may use together.
#pragma once

#include <atomic>
#include <cstdint>

namespace g5ksync::app {

/// Gives back what it took when it ends. Not thread-safe; `used` may be shared by threads and must outlive it.
class MemoryShare {
 public:
  MemoryShare() = default;
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;
  ~MemoryShare() {
    if (used_ != nullptr) *used_ -= bytes_;
  }
  /// Takes `bytes` more, if no more than `limit` are then in use.
  bool take(std::atomic<std::uint64_t>& used, std::uint64_t bytes, std::uint64_t limit) {
    if ((used += bytes) > limit) {
      used -= bytes;
      return false;
    }
    used_ = &used;
    bytes_ += bytes;
    return true;
  }

 private:
  std::atomic<std::uint64_t>* used_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace g5ksync::app
