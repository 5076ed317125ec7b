#include "tests/delta/exchange.h"

#include <catch2/catch.hpp>

namespace g5ksync::delta::testing {
namespace {

base::Bytes answer(const SignatureRequest& request, const Level& level, base::ByteView fresh) {
  base::Bytes out;
  for (const BlockRange& range : request.ranges) {
    const auto begin = static_cast<std::size_t>(range.first * level.block);
    const auto length =
        std::min<std::size_t>(static_cast<std::size_t>(range.count * level.block), fresh.size() - begin);
    append_signature(out, level, fresh.subspan(begin, length));
  }
  return out;
}

}  // namespace

Outcome exchange(base::ByteView fresh, base::ByteView basis, base::Executor& executor) {
  return exchange(fresh, basis, executor, levels_for(fresh.size()));
}

Outcome exchange(base::ByteView fresh, base::ByteView basis, base::Executor& executor, std::span<const Level> levels,
                 std::size_t max_blocks) {
  Outcome outcome;
  MemoryBasis reader(basis);
  Matcher matcher(fresh.size(), basis.size(), levels);
  while (!matcher.finished()) {
    while (const auto request = matcher.next_request(max_blocks)) {
      const base::Bytes encoded = answer(*request, levels[request->level], fresh);
      outcome.signature_bytes += encoded.size();
      REQUIRE(matcher.take(*request, encoded).has_value());
    }
    REQUIRE(matcher.search(reader, executor).has_value());
  }
  outcome.tokens = matcher.tokens();
  outcome.literal_bytes = literals_of(fresh, outcome.tokens).size();
  return outcome;
}

base::Bytes literals_of(base::ByteView fresh, const std::vector<Token>& tokens) {
  base::Bytes literals;
  std::size_t at = 0;
  for (const Token& token : tokens) {
    const base::ByteView part = fresh.subspan(at, static_cast<std::size_t>(token.length));
    if (token.kind == TokenKind::literal) literals.insert(literals.end(), part.begin(), part.end());
    at += part.size();
  }
  REQUIRE(at == fresh.size());
  return literals;
}

}  // namespace g5ksync::delta::testing
