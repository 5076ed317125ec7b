#include "engine/delta/assembly.h"

#include <algorithm>

namespace g5ksync::delta {
namespace {

bool is_copy(const Piece& piece) { return piece.token.kind == TokenKind::copy; }

bool continues(const Piece& before, const Piece& piece) {
  if (before.end() != piece.at || before.token.kind != piece.token.kind) return false;
  if (piece.token.kind == TokenKind::run) return before.token.byte == piece.token.byte;
  return before.token.basis_offset + before.token.length == piece.token.basis_offset;
}

}  // namespace

void Assembly::append(std::vector<Piece>& to, const Piece& piece) const {
  if (!to.empty() && continues(to.back(), piece)) {
    to.back().token.length += piece.token.length;
  } else if (to.size() < kMaxPieces) {
    to.push_back(piece);
  }
}

void Assembly::add(const std::vector<Piece>& pieces) {
  if (pieces.empty()) return;
  std::vector<Piece> merged;
  merged.reserve(std::min(pieces_.size() + pieces.size(), kMaxPieces));
  auto known = pieces_.begin();
  for (const Piece& piece : pieces) {
    for (; known != pieces_.end() && known->at < piece.at; ++known) append(merged, *known);
    append(merged, piece);
  }
  for (; known != pieces_.end(); ++known) append(merged, *known);
  pieces_ = std::move(merged);
}

std::vector<Piece>::const_iterator Assembly::first_after(std::uint64_t offset) const {
  return std::partition_point(pieces_.begin(), pieces_.end(),
                              [=](const Piece& piece) { return piece.end() <= offset; });
}

std::optional<Assembly::Gap> Assembly::next_gap(std::uint64_t from) const {
  for (auto piece = first_after(from); piece != pieces_.end() && piece->at <= from; ++piece) from = piece->end();
  if (from >= size_) return std::nullopt;
  const auto next = first_after(from);
  return Gap{from, next == pieces_.end() ? size_ : next->at};
}

std::optional<Diagonal> Assembly::diagonal_before(std::uint64_t offset) const {
  auto piece = first_after(offset);
  for (int i = 0; i < kPassed && piece != pieces_.begin(); ++i) {
    if (is_copy(*--piece)) return piece->token.basis_offset - piece->at;
  }
  return std::nullopt;
}

std::optional<Diagonal> Assembly::diagonal_after(std::uint64_t offset) const {
  auto piece = first_after(offset);
  for (int i = 0; i < kPassed && piece != pieces_.end(); ++i, ++piece) {
    if (is_copy(*piece)) return piece->token.basis_offset - piece->at;
  }
  return std::nullopt;
}

std::vector<std::byte> Assembly::runs_around(std::uint64_t offset) const {
  std::vector<std::byte> bytes;
  const auto next = first_after(offset);
  if (next != pieces_.begin() && !is_copy(*std::prev(next))) bytes.push_back(std::prev(next)->token.byte);
  if (next != pieces_.end() && !is_copy(*next) && (bytes.empty() || bytes[0] != next->token.byte))
    bytes.push_back(next->token.byte);
  return bytes;
}

std::vector<Token> Assembly::tokens() const {
  std::vector<Token> all;
  std::uint64_t at = 0;
  const auto literal_up_to = [&](std::uint64_t end) {
    if (end > at) all.push_back({.kind = TokenKind::literal, .length = end - at});
  };
  for (const Piece& piece : pieces_) {
    literal_up_to(piece.at);
    all.push_back(piece.token);
    at = piece.end();
  }
  literal_up_to(size_);
  return all;
}

}  // namespace g5ksync::delta
