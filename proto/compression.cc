#include "proto/compression.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>

namespace g5ksync::proto {
namespace {

constexpr std::size_t kProbe = std::size_t{4} << 10;        // bytes of each probe
constexpr std::size_t kProbedFrom = std::size_t{64} << 10;  // shorter data is simply packed
constexpr int kProbeLevel = 1;

/// What packing must get `size` bytes down to.
std::size_t worthwhile(std::size_t size) { return size - size / 32; }

base::Failure malformed(const char* what) { return base::fail(base::ErrorKind::protocol, what); }

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

template <class Context>
std::unique_ptr<Context, FreeContext> owned(Context* context) {
  if (context == nullptr) throw std::bad_alloc();
  return std::unique_ptr<Context, FreeContext>(context);
}

}  // namespace

struct Packer::State {
  std::unique_ptr<ZSTD_CCtx, FreeContext> context = owned(ZSTD_createCCtx());
  base::Bytes room;  // packed bytes before they are copied out at their size

  /// The packed size, or nothing where that would be over `most`.
  std::optional<std::size_t> pack(base::ByteView raw, int level, std::size_t most) {
    if (room.size() < most) room.resize(most);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel,
                           std::clamp(level, ZSTD_minCLevel(), ZSTD_maxCLevel()));
    const std::size_t size = ZSTD_compress2(context.get(), room.data(), most, raw.data(), raw.size());
    if (ZSTD_isError(size) != 0) return std::nullopt;
    return size;
  }

  bool packs_anywhere(base::ByteView raw) {
    const std::array<std::size_t, 3> places = {0, (raw.size() - kProbe) / 2, raw.size() - kProbe};
    return std::any_of(places.begin(), places.end(), [&](std::size_t place) {
      return pack(raw.subspan(place, kProbe), kProbeLevel, worthwhile(kProbe)).has_value();
    });
  }
};

Packer::Packer() : state_(std::make_unique<State>()) {}
Packer::~Packer() = default;
Packer::Packer(Packer&&) noexcept = default;
Packer& Packer::operator=(Packer&&) noexcept = default;

Packed Packer::pack(base::Bytes raw, int level) {
  if (raw.size() >= kProbedFrom && !state_->packs_anywhere(raw)) return {std::move(raw), false};
  const auto size = state_->pack(raw, level, worthwhile(raw.size()));
  if (!size || *size >= raw.size()) return {std::move(raw), false};
  const base::ByteView packed = base::ByteView(state_->room).first(*size);
  return {base::Bytes(packed.begin(), packed.end()), true};
}

struct Unpacker::State {
  std::unique_ptr<ZSTD_DCtx, FreeContext> context = owned(ZSTD_createDCtx());
};

Unpacker::Unpacker() : state_(std::make_unique<State>()) {}
Unpacker::~Unpacker() = default;
Unpacker::Unpacker(Unpacker&&) noexcept = default;
Unpacker& Unpacker::operator=(Unpacker&&) noexcept = default;

// The checks before the allocation save memory; that exactly raw_length bytes come out is checked after it.
base::Result<base::Bytes> Unpacker::unpack(base::ByteView packed, bool zstd, std::uint64_t raw_length,
                                           std::uint64_t cap) {
  if (raw_length > cap) return malformed("packed bytes announce more than is allowed");
  if (!zstd) {
    if (packed.size() != raw_length) return malformed("plain bytes are not of the length announced");
    return base::Bytes(packed.begin(), packed.end());
  }
  const bool one_frame = ZSTD_findFrameCompressedSize(packed.data(), packed.size()) == packed.size();
  if (!one_frame || ZSTD_getFrameContentSize(packed.data(), packed.size()) != raw_length) {
    return malformed("packed bytes are not one zstd frame of the length announced");
  }
  base::Bytes raw(static_cast<std::size_t>(raw_length));
  const std::size_t size =
      ZSTD_decompressDCtx(state_->context.get(), raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size != raw_length) return malformed("packed bytes do not unpack");
  return raw;
}

}  // namespace g5ksync::proto
