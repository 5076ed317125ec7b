// The window hash: a polynomial over the 32 bytes from a position on, mod 2^16, by which both ends choose the same
// positions in the same bytes.
//
//   g(b) = x ^ (x >> 7), x = b · 0x9E37 + 0x7F4B            all mod 2^16
//   h(p) = Σ g(byte p + i) · 0x6F4F^(31 - i) + K, i = 0 … 31
//
// K makes h = 0xFFFF for 32 zeros, so that they are never small. The hash is computed by doubling: from the sums over k
// bytes at p and at p + k comes the one over 2k bytes. AVX-512, AVX2 and scalar code give the same values.
//
// The anchor of a block is its window with the smallest h (the first of equals), windows of 32 equal bytes apart. As in
// winnowing (Schleimer, Wilkerson, Aiken 2003), who knows all windows that are smallest among their neighbours knows
// all places where a block may be.
//
// Everything here is pure and may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/bytes.h"

namespace g5ksync::delta {

inline constexpr std::size_t kWindow = 32;

enum class SimdPath { scalar, avx2, avx512 };

/// The paths that this CPU can take, scalar first.
std::span<const SimdPath> supported_paths();
/// Chooses the path for the whole process; must be a supported one. For tests and benches: without a call, it is the
/// last of supported_paths().
void use_path(SimdPath path);

/// `hashes` becomes h of each window that lies in `data`: data.size() - 31 values, or none.
void window_hashes(base::ByteView data, std::vector<std::uint16_t>& hashes);
/// Where the smallest is first; `hashes` is not empty.
std::size_t first_smallest(std::span<const std::uint16_t> hashes);
std::uint16_t smallest_of(std::span<const std::uint16_t> hashes);
/// Where one below `limit` is first; hashes.size() if none is.
std::size_t first_below(std::span<const std::uint16_t> hashes, std::uint16_t limit);

/// Appends the positions in `data` whose windows lie in it and have h < threshold, in order.
void append_candidates(base::ByteView data, std::uint32_t threshold, std::vector<std::uint32_t>& positions);

/// The position of the anchor in `block`; none where the block is shorter than a window or has one byte value only.
std::optional<std::uint32_t> anchor_of(base::ByteView block);

/// XXH3-64 (seed 0) of any bytes, on the same path.
std::uint64_t strong_sum(base::ByteView bytes);

/// Whether all bytes are equal (true of none and of one).
bool is_run(base::ByteView bytes);

}  // namespace g5ksync::delta
