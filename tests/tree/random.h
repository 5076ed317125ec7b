// Small random numbers from a seed.
#pragma once

#include <cstdint>
#include <random>

namespace g5ksync::test {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

 private:
  std::mt19937 engine_;
};

}  // namespace g5ksync::test
