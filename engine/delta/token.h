// What a delta is made of.
#pragma once

#include <cstddef>
#include <cstdint>

namespace g5ksync::delta {

enum class TokenKind : std::uint8_t {
  copy,     // `length` bytes of the basis from `basis_offset` on
  literal,  // `length` bytes that the source has to send
  run,      // `length` times `byte`
};

/// A stretch of the new file. Tokens follow each other without gaps; no two neighbours could be one token.
struct Token {
  TokenKind kind;
  std::byte byte{};                // runs
  std::uint64_t length;            // bytes, not 0
  std::uint64_t basis_offset = 0;  // copies
  friend bool operator==(const Token&, const Token&) = default;
};

}  // namespace g5ksync::delta
