#include "engine/delta/window_hash.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta {
namespace {

using paths::kWord;
using paths::Path;

struct Supported {
  std::array<SimdPath, 3> paths{SimdPath::scalar};
  std::size_t count = 1;
};

const Supported& supported() {
  static const Supported found = [] {
    Supported all;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) all.paths[all.count++] = SimdPath::avx2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
      all.paths[all.count++] = SimdPath::avx512;
    }
#endif
    return all;
  }();
  return found;
}

const Path* path_of(SimdPath path) {
#if defined(__x86_64__)
  if (path == SimdPath::avx512) return &paths::kAvx512;
  if (path == SimdPath::avx2) return &paths::kAvx2;
#endif
  (void)path;
  return &paths::kScalar;
}

std::atomic<const Path*>& chosen() {
  static std::atomic<const Path*> path{path_of(supported_paths().back())};
  return path;
}

const std::uint8_t* bytes_of(base::ByteView data) { return reinterpret_cast<const std::uint8_t*>(data.data()); }

std::size_t windows_in(std::size_t bytes) { return bytes < kWindow ? 0 : bytes - kWindow + 1; }

/// Windows handled at once, so that what is known of them stays in the cache.
constexpr std::size_t kChunk = std::size_t{16} << 10, kHashChunk = 2048;

/// Calls step(first window, count) for each `chunk` of the windows of `data`.
template <class Step>
void for_each_chunk(base::ByteView data, std::size_t chunk, Step step) {
  const std::size_t total = windows_in(data.size());
  for (std::size_t at = 0; at < total; at += chunk) step(at, std::min(chunk, total - at));
}

bool is_run_window(base::ByteView data, std::size_t at) { return is_run(data.subspan(at, kWindow)); }

/// The first position with the smallest hash among windows that are no run; `count` if all are.
std::size_t smallest_of_no_run(base::ByteView data, const std::uint16_t* hashes, std::size_t count) {
  std::size_t first = count;
  for (std::size_t i = 0; i < count; ++i) {
    if ((first == count || hashes[i] < hashes[first]) && !is_run_window(data, i)) first = i;
  }
  return first;
}

}  // namespace

std::span<const SimdPath> supported_paths() { return {supported().paths.data(), supported().count}; }

void use_path(SimdPath path) { chosen().store(path_of(path)); }

void window_hashes(base::ByteView data, std::vector<std::uint16_t>& hashes) {
  hashes.resize(windows_in(data.size()));
  for_each_chunk(data, kChunk, [&, &path = *chosen().load()](std::size_t at, std::size_t count) {
    path.hash(bytes_of(data) + at, count, hashes.data() + at);
  });
}

std::size_t first_smallest(std::span<const std::uint16_t> hashes) {
  return chosen().load()->first_smallest(hashes.data(), hashes.size());
}

std::uint16_t smallest_of(std::span<const std::uint16_t> hashes) {
  return chosen().load()->smallest(hashes.data(), hashes.size());
}

std::size_t first_below(std::span<const std::uint16_t> hashes, std::uint16_t limit) {
  return chosen().load()->first_below(hashes.data(), hashes.size(), limit);
}

void append_candidates(base::ByteView data, std::uint32_t threshold, std::vector<std::uint32_t>& positions) {
  for_each_chunk(data, kChunk, [&, &path = *chosen().load()](std::size_t at, std::size_t count) {
    std::array<std::uint64_t, kChunk / kWord> marks;
    path.mark(bytes_of(data) + at, count, static_cast<std::uint16_t>(threshold), marks.data());
    for (std::size_t from = 0; from < count; from += kWord) {
      for (std::uint64_t hits = marks[from / kWord]; hits != 0; hits &= hits - 1) {
        positions.push_back(static_cast<std::uint32_t>(at + from) + static_cast<std::uint32_t>(std::countr_zero(hits)));
      }
    }
  });
}

std::optional<std::uint32_t> anchor_of(base::ByteView block) {
  std::optional<std::uint32_t> anchor;
  std::uint32_t best = 0x10000;
  for_each_chunk(block, kHashChunk, [&, &path = *chosen().load()](std::size_t at, std::size_t count) {
    alignas(64) std::array<std::uint16_t, kHashChunk> hashes;
    path.hash(bytes_of(block) + at, count, hashes.data());
    std::size_t first = path.first_smallest(hashes.data(), count);
    if (hashes[first] >= best) return;
    if (is_run_window(block, at + first)) first = smallest_of_no_run(block.subspan(at), hashes.data(), count);
    if (first == count || hashes[first] >= best) return;
    best = hashes[first];
    anchor = static_cast<std::uint32_t>(at + first);
  });
  return anchor;
}

std::uint64_t strong_sum(base::ByteView bytes) { return chosen().load()->sum(bytes.data(), bytes.size()); }

bool is_run(base::ByteView bytes) {
  return bytes.size() < 2 || std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace g5ksync::delta
