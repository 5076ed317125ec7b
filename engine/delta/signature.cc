#include "engine/delta/signature.h"

#include <algorithm>
#include <bit>

#include "engine/delta/window_hash.h"

namespace g5ksync::delta {
namespace {

constexpr std::uint64_t low_bits(unsigned bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

unsigned offset_bits(const Level& level) { return static_cast<unsigned>(std::countr_zero(level.block)); }

/// The offset that marks a run; no anchor lies there, a window being longer than one byte.
std::uint32_t run_mark(const Level& level) { return level.block - 1; }

unsigned anchor_bits(const Level& level) { return std::min(32u, 8u * level.locator_bytes - offset_bits(level)); }

void append_number(base::Bytes& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

std::uint64_t locator_of(base::ByteView block, const Level& level) {
  if (is_run(block))
    return std::uint64_t{run_mark(level)} | std::uint64_t{std::to_integer<unsigned>(block[0])} << offset_bits(level);
  const auto anchor = anchor_of(block);
  if (!anchor) return 0;  // shorter than a window
  return *anchor | std::uint64_t{anchor_hash(block.subspan(*anchor, kWindow), level)} << offset_bits(level);
}

std::uint64_t read_number(base::ByteReader& in, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= std::uint64_t{in.u8()} << (8 * i);
  return value;
}

}  // namespace

std::uint64_t block_sum(base::ByteView block, const Level& level) {
  return strong_sum(block) & low_bits(8u * level.sum_bytes);
}

std::uint32_t anchor_hash(base::ByteView window, const Level& level) {
  return static_cast<std::uint32_t>(strong_sum(window) & low_bits(anchor_bits(level)));
}

void append_signature(base::Bytes& out, const Level& level, base::ByteView data) {
  while (!data.empty()) {
    const base::ByteView block = data.first(std::min<std::size_t>(level.block, data.size()));
    append_number(out, block_sum(block, level), level.sum_bytes);
    if (level.anchored()) append_number(out, locator_of(block, level), level.locator_bytes);
    data = data.subspan(block.size());
  }
}

void append_signature(base::Bytes& out, std::uint64_t new_size, unsigned level, base::ByteView data) {
  append_signature(out, levels_for(new_size)[level], data);
}

base::Result<BlockSignature> read_signature(base::ByteReader& in, const Level& level) {
  BlockSignature entry;
  entry.sum = read_number(in, level.sum_bytes);
  if (!level.anchored()) return entry;
  const std::uint64_t locator = read_number(in, level.locator_bytes);
  entry.offset = static_cast<std::uint32_t>(locator & (level.block - 1));
  entry.anchor = static_cast<std::uint32_t>((locator >> offset_bits(level)) & low_bits(anchor_bits(level)));
  entry.run = entry.offset == run_mark(level);
  entry.byte = static_cast<std::byte>(entry.anchor);
  if (!entry.run && entry.offset > level.block - kWindow) {
    return base::fail(base::ErrorKind::protocol, "signature: an anchor outside its block");
  }
  return entry;
}

}  // namespace g5ksync::delta
