#include <immintrin.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta::paths {
namespace {

#include "engine/delta/window_hash_vector.h"

struct Avx512 {
  static constexpr std::size_t kLanes = 32;
  static __m512i load(const std::uint16_t* from) { return _mm512_loadu_si512(from); }
  static void store(std::uint16_t* to, __m512i v) { _mm512_storeu_si512(to, v); }
  static __m512i widen(const std::uint8_t* from) {
    return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  static __m512i set(std::uint16_t value) { return _mm512_set1_epi16(static_cast<short>(value)); }
  static __m512i mul(__m512i a, __m512i b) { return _mm512_mullo_epi16(a, b); }
  static __m512i add(__m512i a, __m512i b) { return _mm512_add_epi16(a, b); }
  static __m512i min(__m512i a, __m512i b) { return _mm512_min_epu16(a, b); }
  static __m512i shift_xor(__m512i x) { return _mm512_xor_si512(x, _mm512_srli_epi16(x, 7)); }
  template <int kPlaces>
  static __m512i shift(__m512i v, __m512i next) {
    if constexpr (kPlaces == 1) {
      const __m512i far =
          _mm512_alignr_epi32(next, v, 1);  // the other half of each pair comes from one pair further on
      return _mm512_or_si512(_mm512_srli_epi32(v, 16), _mm512_slli_epi32(far, 16));
    } else {
      return _mm512_alignr_epi32(next, v, kPlaces / 2);
    }
  }
  static std::uint64_t below(__m512i v, __m512i limit) { return _mm512_cmplt_epu16_mask(v, limit); }
};

std::uint64_t sum(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace

const Path kAvx512{hash_windows<Avx512>, windows_below<Avx512>, smallest_hash<Avx512>, sum};

}  // namespace g5ksync::delta::paths
