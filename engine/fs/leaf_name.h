// A checked component as a C string, without an allocation.
#pragma once

#include <array>
#include <cstring>
#include <string_view>

#include "engine/fs/directory.h"

namespace g5ksync::fs {

class LeafName {
 public:
  /// Fails as check_name() does.
  static base::Result<LeafName> checked(std::string_view name) {
    G5K_TRY(check_name(name));
    LeafName leaf;
    std::memcpy(leaf.text_.data(), name.data(), name.size());
    leaf.text_[name.size()] = '\0';
    return leaf;
  }
  const char* c_str() const { return text_.data(); }

 private:
  LeafName() = default;
  std::array<char, 256> text_;
};

}  // namespace g5ksync::fs
