// The vector form of the window hash, for a type V of V::kStreams times 128 bits. Included by the sources of the vector
// paths only, each of which puts it into a namespace of its own.
//
// Each 128 bits of a vector run over a stretch of the bytes of their own (a stream), eight positions a vector, so that
// nothing ever crosses from one to the other. The doublings run as a pipeline over vectors that follow each other:
// shift<n>(v, next) is v's sums n places further on, and each doubling lags behind the one before.
//
//   in:   g(v + 6)
//   H2    at v + 5   =  g·M   + g shifted by 1
//   H4    at v + 4   = H2·M^2 + H2 shifted by 2
//   H8    at v + 3   = H4·M^4 + H4 shifted by 4
//   H16   at v + 2   = H8·M^8 + H8 at v + 3
//   out:  H32 at v   = H16·M^16 + H16 at v + 2          (K is not added yet)

template <class V>
class Pipeline {
 public:
  using Vector = decltype(V::set(0));

  /// Takes the bytes of the next vector, gives the sums six vectors before.
  [[gnu::always_inline]] Vector step(Vector bytes) {
    const Vector g = V::shift_xor(V::add(V::mul(bytes, V::set(kScale)), V::set(kShift)));
    const Vector next2 = V::add(V::mul(g_, V::set(power(1))), V::template shift<1>(g_, g));
    const Vector next4 = V::add(V::mul(h2_, V::set(power(2))), V::template shift<2>(h2_, next2));
    const Vector next8 = V::add(V::mul(h4_, V::set(power(4))), V::template shift<4>(h4_, next4));
    const Vector next16 = V::add(V::mul(h8_, V::set(power(8))), next8);
    const Vector out = V::add(V::mul(h16_, V::set(power(16))), next16);
    g_ = g, h2_ = next2, h4_ = next4, h8_ = next8, h16_ = later16_, later16_ = next16;
    return out;
  }

 private:
  Vector g_ = V::set(0), h2_ = g_, h4_ = g_, h8_ = g_, h16_ = g_, later16_ = g_;
};

/// What there is one of for each stream.
template <class V, class T>
struct Each {
  T of[V::kStreams];
};
template <class V>
using Places = Each<V, const std::uint8_t*>;

/// The sums of `length` windows of each stream, 16 at a time. Bytes come in loads of 16 that are 48 ahead of the sums;
/// of the last 17 of them none counts, so they are not read.
template <class V>
class Streams {
 public:
  using Vector = typename Pipeline<V>::Vector;
  struct Pair {
    Vector first, second;  // at eight positions, and the eight behind them
  };

  /// `length` ≥ 32 is a multiple of 16.
  Streams(const Places<V>& from, std::size_t length) : from_(from), length_(length) {
    for (; at_ < 48; at_ += 16) feed(V::load(from_, at_));
  }
  /// Those of the next 16 windows, where more than 32 are left.
  [[gnu::always_inline]] Pair next() {
    at_ += 16;
    return feed(V::load(from_, at_ - 16));
  }
  /// Those of the last 32 windows.
  [[gnu::always_inline]] Pair next_at_end() {
    at_ += 16;
    return feed(at_ == length_ + 32 ? V::load_15(from_, at_ - 16) : V::set(0));
  }

 private:
  [[gnu::always_inline]] Pair feed(Vector bytes) {
    const Vector first = pipeline_.step(V::widen_low(bytes));
    return {first, pipeline_.step(V::widen_high(bytes))};
  }

  const Places<V> from_;
  const std::size_t length_;
  std::size_t at_ = 0;  // of the bytes that come in
  Pipeline<V> pipeline_;
};

/// Streams overlap where `count` does not divide.
template <class V>
void hash_windows(const std::uint8_t* data, std::size_t count, std::uint16_t* out) {
  if (count < 32) return kScalar.hash(data, count, out);
  const std::size_t share = (count + 16 * V::kStreams - 1) / (16 * V::kStreams) * 16, length = share < 32 ? 32 : share;
  Places<V> from;
  Each<V, std::uint16_t*> to;
  for (std::size_t i = 0; i < V::kStreams; ++i) {
    const std::size_t begin = (i + 1) * length <= count ? i * length : count - length;
    from.of[i] = data + begin, to.of[i] = out + begin;
  }
  Streams<V> streams(from, length);
  const auto store = [&](std::size_t at, typename Streams<V>::Pair sums) {
    V::store(to, at, V::add(sums.first, V::set(offset_of_all())));
    V::store(to, at + 8, V::add(sums.second, V::set(offset_of_all())));
  };
  std::size_t at = 0;
  for (; at + 32 < length; at += 16) store(at, streams.next());
  for (; at < length; at += 16) store(at, streams.next_at_end());
}

/// How far ahead memory is prefetched, past its end too. The processor's own prefetching does not keep up.
inline constexpr std::size_t kAhead = 16384;

/// Marks V::kStreams times `length` windows, a multiple of 64.
template <class V>
void mark_streams(const std::uint8_t* data, std::size_t length, std::uint16_t threshold, std::uint64_t* marks) {
  Places<V> from;
  for (std::size_t i = 0; i < V::kStreams; ++i) from.of[i] = data + i * length;
  Streams<V> streams(from, length);
  const typename V::Below below(threshold);
  const std::size_t words = length / kWord;
  Each<V, std::uint64_t> hits{};
  const auto take = [&](unsigned at, typename Streams<V>::Pair sums) { below.mark(sums.first, sums.second, at, hits); };
  const auto put = [&](std::size_t word) {
    for (std::size_t i = 0; i < V::kStreams; ++i) marks[i * words + word] = hits.of[i];
    hits = {};
  };
  for (std::size_t word = 0; word + 1 < words; ++word) {
    for (const std::uint8_t* const stream : from.of) __builtin_prefetch(stream + word * kWord + kAhead);
    for (unsigned at = 0; at < kWord; at += 16) take(at, streams.next());
    put(word);
  }
  for (unsigned at = 0; at < 32; at += 16) take(at, streams.next());
  for (unsigned at = 32; at < kWord; at += 16) take(at, streams.next_at_end());
  put(words - 1);
}

template <class V>
void mark_below(const std::uint8_t* data, std::size_t count, std::uint16_t threshold, std::uint64_t* marks) {
  const std::size_t length = count / V::kStreams / kWord * kWord;
  if (length != 0) mark_streams<V>(data, length, threshold, marks);
  std::uint16_t hashes[V::kStreams * kWord];
  const std::size_t done = V::kStreams * length, rest = count - done;
  hash_windows<V>(data + done, rest, hashes);
  for (std::size_t i = 0; i < rest; ++i) {
    std::uint64_t& word = marks[(done + i) / kWord];
    if (i % kWord == 0) word = 0;
    word |= std::uint64_t{hashes[i] < threshold} << (i % kWord);
  }
}

template <class V>
std::uint16_t smallest(const std::uint16_t* hashes, std::size_t count) {
  std::uint16_t least = 0xFFFF;
  const std::size_t whole = count / V::kLanes * V::kLanes;
  if (whole != 0) {
    auto lanes = V::load(hashes);
    for (std::size_t at = V::kLanes; at < whole; at += V::kLanes) lanes = V::min(lanes, V::load(hashes + at));
    least = V::smallest_lane(lanes);
  }
  for (std::size_t at = whole; at < count; ++at) least = hashes[at] < least ? hashes[at] : least;
  return least;
}

template <class V>
std::size_t first_below(const std::uint16_t* hashes, std::size_t count, std::uint16_t limit) {
  if (limit == 0) return count;
  const auto most = V::set(static_cast<std::uint16_t>(limit - 1));
  std::size_t at = 0;
  while (at + V::kLanes <= count && !V::any_at_most(V::load(hashes + at), most)) at += V::kLanes;
  while (at < count && hashes[at] >= limit) ++at;
  return at;
}

template <class V>
std::size_t first_smallest(const std::uint16_t* hashes, std::size_t count) {
  const std::uint16_t least = smallest<V>(hashes, count);
  const auto most = V::set(least);
  std::size_t at = 0;
  while (at + V::kLanes <= count && !V::any_at_most(V::load(hashes + at), most)) at += V::kLanes;
  while (hashes[at] != least) ++at;
  return at;
}
