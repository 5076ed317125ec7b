#include "app/agent/delta_patch.h"

#include <algorithm>
#include <cstring>

namespace g5ksync::app {
namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;  // of the new file, written at once

using delta::Token;
using delta::TokenKind;

/// Takes the new file's bytes from where they are, in order.
class Gatherer {
 public:
  explicit Gatherer(const Patch& patch) : patch_(patch) {}

  /// False if the basis is too short.
  base::Result<bool> fill(std::span<std::byte> piece) {
    while (!piece.empty()) {
      const Token& token = patch_.tokens[which_];
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(token.length - done_, piece.size()));
      G5K_ASSIGN(const bool filled, fill(token, piece.first(length)));
      if (!filled) return false;
      piece = piece.subspan(length);
      offset_ += length;
      done_ += length;
      if (done_ == token.length) ++which_, done_ = 0;
    }
    return true;
  }

 private:
  base::Result<bool> fill(const Token& token, std::span<std::byte> into) {
    if (token.kind == TokenKind::run) {
      std::ranges::fill(into, token.byte);
    } else if (token.kind == TokenKind::copy) {
      G5K_ASSIGN(const base::ByteView bytes, patch_.basis.read(token.basis_offset + done_, into.size(), scratch_));
      if (bytes.size() != into.size()) return false;
      std::memcpy(into.data(), bytes.data(), bytes.size());
    } else if (patch_.literals != nullptr) {
      patch_.literals->read(literals_, into);
      literals_ += into.size();
    } else {
      G5K_ASSIGN(const std::size_t count, patch_.out.read_at(offset_, into));
      return count == into.size();
    }
    return true;
  }

  const Patch& patch_;
  base::Bytes scratch_;
  std::size_t which_ = 0;   // token
  std::uint64_t done_ = 0;  // bytes of it
  std::uint64_t offset_ = 0, literals_ = 0;
};

}  // namespace

base::Result<std::optional<delta::Sum128>> write_patched(const Patch& patch, const std::function<bool()>& go_on) {
  Gatherer gatherer(patch);
  delta::OrderedSum sum(patch.size);
  base::Bytes piece;
  for (std::uint64_t offset = 0; offset < patch.size; offset += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, patch.size - offset)));
    G5K_ASSIGN(const bool filled, gatherer.fill(piece));
    if (!filled) return std::nullopt;
    G5K_TRY(patch.out.write_at(offset, piece));
    G5K_TRY(sum.add(offset, piece, nullptr));
    if (!go_on()) return std::nullopt;
  }
  return sum.result();
}

void LiteralStore::close() {
  std::uint64_t position = 0;
  for (const auto& [offset, part] : parts_) {
    by_position_[position] = &part;
    position += part.size();
  }
}

void LiteralStore::read(std::uint64_t position, std::span<std::byte> into) const {
  auto part = std::prev(by_position_.upper_bound(position));
  while (!into.empty()) {
    const base::ByteView from = base::ByteView(*part->second).subspan(static_cast<std::size_t>(position - part->first));
    const std::size_t count = std::min(from.size(), into.size());
    std::memcpy(into.data(), from.data(), count);
    into = into.subspan(count);
    position += count;
    ++part;
  }
}

}  // namespace g5ksync::app
