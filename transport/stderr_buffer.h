// What a command says on its standard error between two looks at it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace g5ksync::transport {

/// Holds at most 64 KiB and drops what comes on top, so that a noisy command is never held up.
class StderrBuffer {
 public:
  static constexpr std::size_t kCapacity = 64 * 1024;

  void append(std::string_view bytes) {
    text_.append(bytes.substr(0, std::min(bytes.size(), kCapacity - text_.size())));
  }
  std::string take() { return std::exchange(text_, {}); }

 private:
  std::string text_;
};

}  // namespace g5ksync::transport
