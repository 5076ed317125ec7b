// The vector form of the window hash, for a type V of some 16-bit lanes: V::kLanes, widen (bytes to lanes), load,
// store, set, mul, add, byte_map's shift_xor, min, below (one bit a lane). Included by the sources of the vector paths
// only, each of which puts it into a namespace of its own.
//
// Sums over k bytes stand in memory and are doubled in place, two doublings a sweep: a value is read before it is
// overwritten because sums only look forward. Where V is one vector:
//
//   g(p)                                        from the bytes
//   H4(p)  = ((g(p)·M + g(p+1))·M + g(p+2))·M + g(p+3)
//   H16(p) = the same of H4 at p, p+4, p+8, p+12 with M^4
//   H32(p) = H16(p)·M^16 + H16(p+16)

template <class V>
void map_bytes(const std::uint8_t* data, std::size_t bytes, std::uint16_t* out) {
  std::size_t at = 0;
  for (; at + V::kLanes <= bytes; at += V::kLanes) {
    V::store(out + at, V::shift_xor(V::add(V::mul(V::widen(data + at), V::set(kScale)), V::set(kShift))));
  }
  for (; at < bytes; ++at) out[at] = byte_map(data[at]);
  for (std::size_t i = 0; i < 64; ++i) out[at + i] = 0;
}

template <class V, std::size_t kStep>
void quadruple(std::uint16_t* sums, std::size_t count) {
  const auto m = V::set(power(kStep));
  for (std::size_t at = 0; at < count; at += V::kLanes) {
    auto sum = V::add(V::mul(V::load(sums + at), m), V::load(sums + at + kStep));
    sum = V::add(V::mul(sum, m), V::load(sums + at + 2 * kStep));
    V::store(sums + at, V::add(V::mul(sum, m), V::load(sums + at + 3 * kStep)));
  }
}

template <class V>
void hash_windows(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  map_bytes<V>(data, count + 31, out);
  quadruple<V, 1>(out, count + 28);
  quadruple<V, 4>(out, count + 16);
  const auto m = V::set(power(16)), all = V::set(offset_of_all());
  for (std::size_t at = 0; at < count; at += V::kLanes) {
    V::store(out + at, V::add(V::mul(V::load(out + at), m), V::add(V::load(out + at + 16), all)));
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
