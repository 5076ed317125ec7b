#include "app/agent/delta_patch.h"

#include <algorithm>
#include <cstring>

#include "app/agent/piece_writer.h"

namespace g5ksync::app {
namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;  // of the new file, written at once

using delta::Token;
using delta::TokenKind;

/// Takes the new file's bytes from where they are, in order.
class Gatherer {
 public:
  explicit Gatherer(const Patch& patch) : patch_(patch) {
    if (patch.literals != nullptr) part_ = patch.literals->begin();
  }

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
      G5K_ASSIGN(const std::size_t count, patch_.basis.read(token.basis_offset + done_, into));
      return count == into.size();
    } else if (patch_.literals != nullptr) {
      take_literals(into);
    } else {
      G5K_ASSIGN(const std::size_t count, patch_.out.read_at(offset_, into));
      return count == into.size();
    }
    return true;
  }

  void take_literals(std::span<std::byte> into) {
    while (!into.empty()) {
      const base::ByteView left = base::ByteView(part_->second).subspan(taken_);
      const std::size_t count = std::min(left.size(), into.size());
      std::memcpy(into.data(), left.data(), count);
      into = into.subspan(count);
      taken_ += count;
      if (taken_ == part_->second.size()) ++part_, taken_ = 0;
    }
  }

  const Patch& patch_;
  std::size_t which_ = 0;   // token
  std::uint64_t done_ = 0;  // bytes of it
  std::uint64_t offset_ = 0;
  LiteralParts::const_iterator part_;  // the next literal
  std::size_t taken_ = 0;              // bytes of it
};

}  // namespace

base::Result<std::optional<delta::Sum128>> write_patched(const Patch& patch, base::Executor* executor,
                                                         const std::function<bool()>& go_on) {
  Gatherer gatherer(patch);
  delta::OrderedSum sum(patch.size);
  PieceWriter writer(patch.out, executor);
  for (std::uint64_t offset = 0; offset < patch.size;) {
    base::Bytes piece = writer.buffer();
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, patch.size - offset)));
    G5K_ASSIGN(const bool filled, gatherer.fill(piece));
    if (!filled) return std::nullopt;
    G5K_TRY(sum.add(offset, piece, nullptr));
    const std::size_t length = piece.size();
    G5K_TRY(writer.put(offset, std::move(piece)));
    offset += length;
    if (!go_on()) return std::nullopt;
  }
  G5K_TRY(writer.finish());
  return sum.result();
}

}  // namespace g5ksync::app
