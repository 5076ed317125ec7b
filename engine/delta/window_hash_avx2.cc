#include <immintrin.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta::paths {
namespace {

#include "engine/delta/window_hash_vector.h"

struct Avx2 {
  static constexpr std::size_t kLanes = 16;
  static __m256i load(const std::uint16_t* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
  static void store(std::uint16_t* to, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), v); }
  static __m256i widen(const std::uint8_t* from) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static __m256i set(std::uint16_t value) { return _mm256_set1_epi16(static_cast<short>(value)); }
  static __m256i mul(__m256i a, __m256i b) { return _mm256_mullo_epi16(a, b); }
  static __m256i add(__m256i a, __m256i b) { return _mm256_add_epi16(a, b); }
  static __m256i min(__m256i a, __m256i b) { return _mm256_min_epu16(a, b); }
  static __m256i shift_xor(__m256i x) { return _mm256_xor_si256(x, _mm256_srli_epi16(x, 7)); }
  template <int kPlaces>
  static __m256i shift(__m256i v, __m256i next) {
    if constexpr (kPlaces == 16) return next;
    const __m256i middle = _mm256_permute2x128_si256(v, next, 0x21);
    if constexpr (kPlaces == 8) return middle;
    return _mm256_alignr_epi8(middle, v, 2 * kPlaces & 15);
  }
  static std::uint64_t below(__m256i v, __m256i limit) {
    const __m256i not_below = _mm256_cmpeq_epi16(_mm256_max_epu16(v, limit), v);
    const auto bytes = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(not_below));
    if (bytes == 0) return 0;
    std::uint64_t lanes = 0;  // one bit of each pair
    for (std::uint32_t left = bytes & 0x55555555u; left != 0; left &= left - 1) {
      lanes |= std::uint64_t{1} << (__builtin_ctz(left) / 2);
    }
    return lanes;
  }
};

std::uint64_t sum(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace

const Path kAvx2{hash_windows<Avx2>, windows_below<Avx2>, smallest_hash<Avx2>, sum};

}  // namespace g5ksync::delta::paths
