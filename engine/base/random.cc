#include "engine/base/random.h"

#include <random>

namespace g5ksync::base {

std::string random_hex(std::size_t digits) {
  std::random_device system;
  std::string text;
  for (std::size_t i = 0; i < digits; ++i) text += "0123456789abcdef"[system() & 15];
  return text;
}

}  // namespace g5ksync::base
