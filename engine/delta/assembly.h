// What is known of the new file: which parts of it are copies of the basis or runs of one byte.
#pragma once

#include <optional>
#include <vector>

#include "engine/delta/token.h"

namespace g5ksync::delta {

/// A part of the new file that is known: a copy or a run.
struct Piece {
  std::uint64_t at;  // in the new file
  Token token;
  std::uint64_t end() const { return at + token.length; }
};

/// How far a copy moved: basis offset - new offset (mod 2^64). Blocks that stayed together share it.
using Diagonal = std::uint64_t;

/// Known pieces in order, without overlaps; neighbours that continue each other are one. At most kMaxPieces of them:
/// what does not fit is forgotten, and becomes literal. One thread at a time.
class Assembly {
 public:
  static constexpr int kPassed = 8;
  static constexpr std::size_t kMaxPieces = std::size_t{4} << 20;

  explicit Assembly(std::uint64_t new_size) : size_(new_size) {}

  /// Adds pieces, sorted by `at`, that overlap neither each other nor what is known.
  void add(const std::vector<Piece>& pieces);

  struct Gap {
    std::uint64_t begin, end;
  };
  /// The first unknown stretch that ends after `from`, cut to start there; none if all from there on is known.
  std::optional<Gap> next_gap(std::uint64_t from) const;
  /// The diagonal of the last copy that ends at `offset` or before, or the first that begins there or behind; runs
  /// between may be passed over, at most kPassed of them.
  std::optional<Diagonal> diagonal_before(std::uint64_t offset) const;
  std::optional<Diagonal> diagonal_after(std::uint64_t offset) const;
  /// The bytes of the runs next to `offset`, which is not known, on both sides: none, one or two.
  std::vector<std::byte> runs_around(std::uint64_t offset) const;

  const std::vector<Piece>& pieces() const { return pieces_; }
  /// The whole new file.
  std::vector<Token> tokens() const;

 private:
  void append(std::vector<Piece>& to, const Piece& piece) const;
  /// The first piece that ends after `offset`.
  std::vector<Piece>::const_iterator first_after(std::uint64_t offset) const;

  std::uint64_t size_;
  std::vector<Piece> pieces_;
};

}  // namespace g5ksync::delta
