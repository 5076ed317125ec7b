// Random choices that depend on nothing but the seed: the same with every compiler and library.
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace g5ksync::trees {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed * 0x9E3779B97F4A7C15U + 1) {}

  std::uint64_t bits() { return bits_(); }
  /// 0 … count - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits_() % count); }
  /// `least` … `most`.
  int between(int least, int most) {
    return least + static_cast<int>(below(static_cast<std::size_t>(most - least + 1)));
  }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class T, std::size_t N>
  const T& pick(const T (&list)[N]) {
    return list[below(N)];
  }
  template <class List>
  auto& pick(List& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 bits_;
};

}  // namespace g5ksync::trees
