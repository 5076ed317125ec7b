#include <immintrin.h>
// Blocks are summed one after the other: into the next one, which the CPU does not foresee at the end of a page.
#define XXH_PREFETCH_DIST 2048
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta::paths {
namespace {

#include "engine/delta/window_hash_vector.h"

struct Avx512 {
  static constexpr std::size_t kStreams = 4, kLanes = 32;

  static __m128i quarter(const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
  static __m256i both(__m128i low, __m128i high) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
  }
  static __m512i load(const Places<Avx512>& from, std::size_t at) {
    const __m256i low = both(quarter(from.of[0] + at), quarter(from.of[1] + at));
    const __m256i high = both(quarter(from.of[2] + at), quarter(from.of[3] + at));
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  }
  static __m512i load_15(const Places<Avx512>& from, std::size_t at) {
    return _mm512_bsrli_epi128(load(from, at - 1), 1);
  }
  static __m512i widen_low(__m512i bytes) { return _mm512_unpacklo_epi8(bytes, _mm512_setzero_si512()); }
  static __m512i widen_high(__m512i bytes) { return _mm512_unpackhi_epi8(bytes, _mm512_setzero_si512()); }
  static void store(const Each<Avx512, std::uint16_t*>& to, std::size_t at, __m512i v) {
    const auto put = [at](std::uint16_t* place, __m128i part) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(place + at), part);
    };
    put(to.of[0], _mm512_castsi512_si128(v));
    put(to.of[1], _mm512_extracti32x4_epi32(v, 1));
    put(to.of[2], _mm512_extracti32x4_epi32(v, 2));
    put(to.of[3], _mm512_extracti32x4_epi32(v, 3));
  }
  static __m512i load(const std::uint16_t* from) { return _mm512_loadu_si512(from); }
  static __m512i set(std::uint16_t value) { return _mm512_set1_epi16(static_cast<short>(value)); }
  static __m512i mul(__m512i a, __m512i b) { return _mm512_mullo_epi16(a, b); }
  static __m512i add(__m512i a, __m512i b) { return _mm512_add_epi16(a, b); }
  static __m512i min(__m512i a, __m512i b) { return _mm512_min_epu16(a, b); }
  static __m512i shift_xor(__m512i x) { return _mm512_xor_si512(x, _mm512_srli_epi16(x, 7)); }
  template <int kPlaces>
  static __m512i shift(__m512i v, __m512i next) {
    return _mm512_alignr_epi8(next, v, 2 * kPlaces);
  }
  static std::uint16_t smallest_lane(__m512i v) {
    const __m256i halves = _mm256_min_epu16(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    const __m128i quarters = _mm_min_epu16(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    return static_cast<std::uint16_t>(_mm_extract_epi16(_mm_minpos_epu16(quarters), 0));
  }
  static bool any_at_most(__m512i v, __m512i most) { return _mm512_cmple_epu16_mask(v, most) != 0; }

  /// Compares sums to which K is to be added: threshold - sum, cut off at 0, is not 0 where the sum is below.
  class Below {
   public:
    explicit Below(std::uint16_t threshold) : threshold_(set(threshold)) {}
    void mark(__m512i first, __m512i second, unsigned at, Each<Avx512, std::uint64_t>& hits) const {
      const __m512i left = _mm512_packus_epi16(left_of(first), left_of(second));
      const std::uint64_t bits = _mm512_test_epi8_mask(left, left);
      for (unsigned i = 0; i < kStreams; ++i) hits.of[i] |= (bits >> (16 * i) & 0xFFFF) << at;
    }

   private:
    __m512i left_of(__m512i sums) const { return _mm512_subs_epu16(threshold_, add(sums, set(offset_of_all()))); }
    __m512i threshold_;
  };
};

std::uint64_t sum(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace

const Path kAvx512{hash_windows<Avx512>, mark_below<Avx512>,  first_smallest<Avx512>,
                   smallest<Avx512>,     first_below<Avx512>, sum};

}  // namespace g5ksync::delta::paths
