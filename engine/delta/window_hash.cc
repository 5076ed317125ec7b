#include "engine/delta/window_hash.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "engine/delta/window_hash_paths.h"

namespace g5ksync::delta {
namespace {

using paths::kChunk;
using paths::kChunkRoom;
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

/// Calls step(first position, its hashes, their count) for each chunk of `data`.
template <class Step>
void for_each_chunk(const Path& path, base::ByteView data, Step step) {
  alignas(64) std::uint16_t hashes[kChunkRoom];
  const std::size_t total = windows_in(data.size());
  for (std::size_t at = 0; at < total; at += kChunk) {
    const std::size_t count = std::min(kChunk, total - at);
    path.hash(bytes_of(data) + at, count, hashes);
    step(at, hashes, count);
  }
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

std::vector<std::uint16_t> window_hashes(base::ByteView data) {
  std::vector<std::uint16_t> all;
  all.reserve(windows_in(data.size()));
  for_each_chunk(*chosen().load(), data, [&](std::size_t, const std::uint16_t* hashes, std::size_t count) {
    all.insert(all.end(), hashes, hashes + count);
  });
  return all;
}

void append_candidates(base::ByteView data, std::uint32_t threshold, std::vector<std::uint32_t>& positions) {
  const Path& path = *chosen().load();
  for_each_chunk(path, data, [&](std::size_t at, const std::uint16_t* hashes, std::size_t count) {
    std::uint16_t found[kChunkRoom];
    const std::size_t hits = path.below(hashes, count, static_cast<std::uint16_t>(threshold), found);
    for (std::size_t i = 0; i < hits; ++i) positions.push_back(static_cast<std::uint32_t>(at + found[i]));
  });
}

std::optional<std::uint32_t> anchor_of(base::ByteView block) {
  const Path& path = *chosen().load();
  std::optional<std::uint32_t> anchor;
  std::uint32_t best = 0x10000;
  for_each_chunk(path, block, [&](std::size_t at, std::uint16_t* hashes, std::size_t count) {
    const std::uint16_t smallest = path.smallest(hashes, count);
    if (smallest >= best) return;
    auto first = static_cast<std::size_t>(std::find(hashes, hashes + count, smallest) - hashes);
    if (is_run_window(block, at + first)) first = smallest_of_no_run(block.subspan(at), hashes, count);
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
