#include <immintrin.h>
// Blocks are summed one after the other: into the next one, which the CPU does not foresee at the end of a page.
#define XXH_PREFETCH_DIST 2048
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta::paths {
namespace {

#include "engine/delta/window_hash_vector.h"

struct Avx2 {
  static constexpr std::size_t kStreams = 2, kLanes = 16;

  static __m128i half(const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
  static __m256i both(__m128i low, __m128i high) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
  }
  static __m256i load(const Places<Avx2>& from, std::size_t at) {
    return both(half(from.of[0] + at), half(from.of[1] + at));
  }
  static __m256i load_15(const Places<Avx2>& from, std::size_t at) { return _mm256_srli_si256(load(from, at - 1), 1); }
  static __m256i widen_low(__m256i bytes) { return _mm256_unpacklo_epi8(bytes, _mm256_setzero_si256()); }
  static __m256i widen_high(__m256i bytes) { return _mm256_unpackhi_epi8(bytes, _mm256_setzero_si256()); }
  static void store(const Each<Avx2, std::uint16_t*>& to, std::size_t at, __m256i v) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to.of[0] + at), _mm256_castsi256_si128(v));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to.of[1] + at), _mm256_extracti128_si256(v, 1));
  }
  static __m256i load(const std::uint16_t* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
  static __m256i set(std::uint16_t value) { return _mm256_set1_epi16(static_cast<short>(value)); }
  static __m256i mul(__m256i a, __m256i b) { return _mm256_mullo_epi16(a, b); }
  static __m256i add(__m256i a, __m256i b) { return _mm256_add_epi16(a, b); }
  static __m256i min(__m256i a, __m256i b) { return _mm256_min_epu16(a, b); }
  static __m256i shift_xor(__m256i x) { return _mm256_xor_si256(x, _mm256_srli_epi16(x, 7)); }
  template <int kPlaces>
  static __m256i shift(__m256i v, __m256i next) {
    return _mm256_alignr_epi8(next, v, 2 * kPlaces);
  }
  static std::uint16_t smallest_lane(__m256i v) {
    const __m128i halves = _mm_min_epu16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return static_cast<std::uint16_t>(_mm_extract_epi16(_mm_minpos_epu16(halves), 0));
  }
  static bool any_at_most(__m256i v, __m256i most) {
    return _mm256_movemask_epi8(_mm256_cmpeq_epi16(_mm256_min_epu16(v, most), v)) != 0;
  }

  /// Compares sums to which K is to be added; as signed numbers, since there is no comparison of others.
  class Below {
   public:
    explicit Below(std::uint16_t threshold) : limit_(set(static_cast<std::uint16_t>(threshold - 0x8000))) {}
    void mark(__m256i first, __m256i second, unsigned at, Each<Avx2, std::uint64_t>& hits) const {
      const auto bits =
          static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_packs_epi16(is_below(first), is_below(second))));
      hits.of[0] |= std::uint64_t{bits & 0xFFFF} << at;
      hits.of[1] |= std::uint64_t{bits >> 16} << at;
    }

   private:
    __m256i is_below(__m256i sums) const {
      constexpr auto kSigned = static_cast<std::uint16_t>(offset_of_all() - 0x8000);
      return _mm256_cmpgt_epi16(limit_, add(sums, set(kSigned)));
    }
    __m256i limit_;
  };
};

std::uint64_t sum(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace

const Path kAvx2{hash_windows<Avx2>, mark_below<Avx2>, first_smallest<Avx2>, smallest<Avx2>, first_below<Avx2>, sum};

}  // namespace g5ksync::delta::paths
