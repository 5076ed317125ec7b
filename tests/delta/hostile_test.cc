// Lying signatures and a basis that changes: wrong results at worst, but whole ones.
#include <catch2/catch.hpp>

#include "engine/delta/patch.h"
#include "engine/exec/inline.h"
#include "engine/exec/threads.h"
#include "tests/delta/exchange.h"

namespace g5ksync::delta {
namespace {

using testing::Random;

/// Tokens must cover the new file and copy from within the basis.
void require_whole(const std::vector<Token>& tokens, std::uint64_t new_size, std::uint64_t basis_size) {
  std::uint64_t at = 0;
  for (const Token& token : tokens) {
    REQUIRE(token.length > 0);
    at += token.length;
    if (token.kind != TokenKind::copy) continue;
    REQUIRE(token.basis_offset <= basis_size);
    REQUIRE(token.length <= basis_size - token.basis_offset);
  }
  REQUIRE(at == new_size);
}

/// Answers of a source that lies: random, or true entries that were changed here and there, or all the same.
base::Bytes lie(Random& random, const SignatureRequest& request, const Level& level, base::ByteView basis) {
  const auto size = static_cast<std::size_t>(request.blocks()) * level.entry_size();
  if (random() % 3 == 0) return testing::random_bytes(random, size);
  base::Bytes out;
  append_signature(out, level, basis.first(basis.size() / level.block * level.block));
  if (out.empty()) out.resize(level.entry_size());
  const base::Bytes one = out;
  const bool same = random() % 2 == 0;
  while (out.size() < size)
    out.insert(out.end(), one.begin(),
               same ? one.begin() + static_cast<std::ptrdiff_t>(level.entry_size()) : one.end());
  out.resize(size);
  for (std::size_t count = random() % 4; count > 0 && size > 0; --count) out[random() % size] ^= std::byte{1};
  return out;
}

/// Gives what the basis had, but at times less, or an error.
class FailingBasis final : public BasisReader {
 public:
  FailingBasis(base::ByteView bytes, bool errors) : inner_(bytes), errors_(errors) {}
  base::Result<base::ByteView> read(std::uint64_t offset, std::size_t length, base::Bytes& scratch) override {
    const auto turn = (offset / 64 + length) % 7;
    if (errors_ && turn == 1) return base::fail(base::ErrorKind::io, "gone");
    return inner_.read(offset, turn < 3 ? length / 2 : length, scratch);
  }

 private:
  MemoryBasis inner_;
  bool errors_;
};

TEST_CASE("lying signatures give tokens that cover the file") {
  Random random(21);
  exec::ThreadExecutor executor(2);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const std::uint64_t new_size = random() % (round % 20 == 0 ? 2'000'000 : 50'000);
    const base::Bytes basis = testing::random_bytes(random, random() % 100'000);
    MemoryBasis reader(basis);
    Matcher matcher(new_size, basis.size());
    while (!matcher.finished()) {
      while (const auto request = matcher.next_request(1 + random() % 500)) {
        (void)matcher.take(*request, lie(random, *request, matcher.levels()[request->level], basis));
      }
      REQUIRE(matcher.search(reader, executor).has_value());
      require_whole(matcher.tokens(), new_size, basis.size());
    }
  }
}

TEST_CASE("a basis that shrinks or fails gives an error or tokens that cover the file") {
  Random random(22);
  exec::ThreadExecutor executor(2);
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    const base::Bytes basis = testing::random_bytes(random, random() % 300'000);
    FailingBasis reader(basis, round % 2 == 0);
    Matcher matcher(basis.size(), basis.size() + random() % 3000);  // longer than it is
    while (!matcher.finished()) {
      while (const auto request = matcher.next_request(1000)) {
        const Level& level = matcher.levels()[request->level];
        base::Bytes encoded;
        for (const BlockRange& range : request->ranges) {
          const std::uint64_t begin = range.first * level.block;
          append_signature(encoded, level,
                           base::ByteView(basis).subspan(
                               begin, std::min<std::uint64_t>(range.count * level.block, basis.size() - begin)));
        }
        REQUIRE(matcher.take(*request, encoded).has_value());
      }
      (void)matcher.search(reader, executor);
    }
    require_whole(matcher.tokens(), basis.size(), basis.size() + 3000);
  }
}

TEST_CASE("signatures of the wrong size or with an anchor outside the block are refused") {
  Matcher matcher(100'000, 100'000);
  const auto request = matcher.next_request(10);
  REQUIRE(request);
  const std::size_t entry = matcher.levels()[0].entry_size();
  CHECK_FALSE(matcher.take(*request, base::Bytes(10 * entry - 1)).has_value());
  CHECK_FALSE(matcher.take(*request, base::Bytes(10 * entry + 1)).has_value());
  base::Bytes outside(10 * entry);
  outside[3] = std::byte{0xF0};  // offset 0xFF0: behind 4096 - 32, and not 0xFFF
  outside[4] = std::byte{0x0F};
  CHECK_FALSE(matcher.take(*request, outside).has_value());
  CHECK_FALSE(matcher.take({0, {{5, 6}}}, base::Bytes(6 * entry)).has_value());          // not all asked for
  CHECK_FALSE(matcher.take({0, {{5, 2}, {3, 2}}}, base::Bytes(4 * entry)).has_value());  // not in order
  CHECK(matcher.take({0, {{0, 1}, {3, 2}}}, base::Bytes(3 * entry)).has_value());        // a part
  CHECK_FALSE(matcher.take(*request, base::Bytes(10 * entry)).has_value());              // in part again
  CHECK(matcher.take({0, {{1, 2}, {5, 5}}}, base::Bytes(7 * entry)).has_value());
  CHECK_FALSE(matcher.take({2, {{0, 1}}}, base::Bytes(matcher.levels()[2].entry_size())).has_value());
}

TEST_CASE("patch refuses tokens that do not fit") {
  const base::Bytes basis(10), literals(5);
  const auto copy = [](std::uint64_t offset, std::uint64_t length) {
    return Token{.kind = TokenKind::copy, .length = length, .basis_offset = offset};
  };
  const Token literal{.kind = TokenKind::literal, .length = 5};
  base::Bytes made;
  CHECK(patch(basis, std::vector{copy(0, 10), literal}, literals, made).has_value());
  CHECK_FALSE(patch(basis, std::vector{copy(1, 10), literal}, literals, made).has_value());
  CHECK_FALSE(patch(basis, std::vector{copy(~std::uint64_t{0}, 10), literal}, literals, made).has_value());
  CHECK_FALSE(patch(basis, std::vector{copy(0, 10)}, literals, made).has_value());
  CHECK_FALSE(patch(basis, std::vector{literal, literal}, literals, made).has_value());
}

}  // namespace
}  // namespace g5ksync::delta
