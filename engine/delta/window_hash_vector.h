// The vector form of the window hash, for a type V of some 16-bit lanes: V::kLanes, widen (bytes to lanes), load,
// store, set, mul, add, shift_xor, shift, min, below (one bit a lane). Included by the sources of the vector paths
// only, each of which puts it into a namespace of its own.
//
// The doublings run as a pipeline over vectors of consecutive positions: shift<n>(v, next) is v's sums n places further
// on, taken from v and the vector after it, so each doubling lags one vector behind the one before.
//
//   in:   g(v + 5)
//   H2    at v + 4   =  g·M   + g shifted by 1
//   H4    at v + 3   = H2·M^2 + H2 shifted by 2
//   H8    at v + 2   = H4·M^4 + H4 shifted by 4
//   H16   at v + 1   = H8·M^8 + H8 shifted by 8
//   out:  H32 at v   = H16·M^16 + H16 shifted by 16

template <class V>
class Pipeline {
 public:
  using Vector = decltype(V::set(0));
  static constexpr std::size_t kLag = 5;

  /// Takes the next bytes, gives the hashes kLag vectors before.
  Vector step(Vector bytes) {
    const Vector g = V::shift_xor(V::add(V::mul(bytes, V::set(kScale)), V::set(kShift)));
    const Vector next2 = V::add(V::mul(g_, V::set(power(1))), V::template shift<1>(g_, g));
    const Vector next4 = V::add(V::mul(h2_, V::set(power(2))), V::template shift<2>(h2_, next2));
    const Vector next8 = V::add(V::mul(h4_, V::set(power(4))), V::template shift<4>(h4_, next4));
    const Vector next16 = V::add(V::mul(h8_, V::set(power(8))), V::template shift<8>(h8_, next8));
    const Vector out = V::add(V::mul(h16_, V::set(power(16))), V::template shift<16>(h16_, next16));
    g_ = g, h2_ = next2, h4_ = next4, h8_ = next8, h16_ = next16;
    return V::add(out, V::set(offset_of_all()));
  }

 private:
  Vector g_ = V::set(0), h2_ = g_, h4_ = g_, h8_ = g_, h16_ = g_;
};

/// The processor's own prefetching does not keep up: worth a factor of two from memory.
inline constexpr std::size_t kAhead = 2048;

template <class V>
void hash_windows(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  constexpr std::size_t kLanes = V::kLanes, kDelay = Pipeline<V>::kLag * V::kLanes;
  const std::size_t bytes = count + 31, whole = bytes / kLanes * kLanes;
  std::uint8_t tail[kLanes] = {};
  for (std::size_t i = whole; i < bytes; ++i) tail[i - whole] = data[i];
  Pipeline<V> pipeline;
  std::size_t at = 0;  // of the bytes that come in
  for (; at < kDelay && at < whole; at += kLanes) pipeline.step(V::widen(data + at));
  for (; at < whole; at += kLanes) {
    __builtin_prefetch(data + at + kAhead);  // harmless past the end
    V::store(out + at - kDelay, pipeline.step(V::widen(data + at)));
  }
  for (; at < count + kDelay; at += kLanes) {
    const auto hashes = pipeline.step(at == whole ? V::widen(tail) : V::set(0));
    if (at >= kDelay) V::store(out + at - kDelay, hashes);
  }
}

template <class V>
std::size_t windows_below(const std::uint16_t* hashes, std::size_t count, std::uint16_t threshold, std::uint16_t* out) {
  std::size_t found = 0;
  const auto limit = V::set(threshold);
  for (std::size_t at = 0; at < count; at += 2 * V::kLanes) {
    std::uint64_t hits =
        V::below(V::load(hashes + at), limit) | (V::below(V::load(hashes + at + V::kLanes), limit) << V::kLanes);
    for (; hits != 0; hits &= hits - 1) {
      const std::size_t position = at + static_cast<std::size_t>(__builtin_ctzll(hits));
      if (position >= count) break;
      out[found++] = static_cast<std::uint16_t>(position);
    }
  }
  return found;
}

template <class V>
std::uint16_t smallest_hash(std::uint16_t* hashes, std::size_t count) {
  for (std::size_t i = 0; i < V::kLanes; ++i) hashes[count + i] = 0xFFFF;
  auto least = V::load(hashes);
  for (std::size_t at = V::kLanes; at < count; at += V::kLanes) least = V::min(least, V::load(hashes + at));
  std::uint16_t lanes[V::kLanes];
  V::store(lanes, least);
  std::uint16_t smallest = 0xFFFF;
  for (const std::uint16_t lane : lanes) smallest = lane < smallest ? lane : smallest;
  return smallest;
}
