#include "tests/fuzz/delta_target.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "engine/delta/matcher.h"
#include "engine/exec/inline.h"

namespace g5ksync::fuzz {
namespace {

using base::Bytes;
using base::ByteView;

constexpr std::size_t kBlocksAtOnce = 64;
constexpr delta::Level kFew[] = {{256, 2, 2}, {64, 1, 0}};
constexpr delta::Level kAnchored[] = {{1024, 1, 2}, {128, 1, 2}, {64, 1, 2}};

/// Noise, text of a short period with a break here and there, zeros, noise: something for each way of the search.
const Bytes& basis() {
  static const Bytes bytes = [] {
    Bytes all(6000);
    std::uint32_t x = 1;
    for (std::size_t i = 0; i < all.size(); ++i) {
      x = x * 1664525u + 1013904223u;
      all[i] = static_cast<std::byte>(x >> 24);
      if (i >= 2000 && i < 4000 && i % 173 != 0) all[i] = all[i - 55];
      if (i >= 4000 && i < 4700) all[i] = std::byte{0};
    }
    return all;
  }();
  return bytes;
}

void require(bool holds, const char* promise) {
  if (!holds) throw std::logic_error(promise);
}

void require_whole(const std::vector<delta::Token>& tokens, std::uint64_t new_size, std::uint64_t basis_size) {
  std::uint64_t at = 0;
  for (const delta::Token& token : tokens) {
    require(token.length > 0 && token.length <= new_size - at, "tokens do not go past the end");
    at += token.length;
    if (token.kind != delta::TokenKind::copy) continue;
    require(token.basis_offset <= basis_size && token.length <= basis_size - token.basis_offset,
            "copies lie in the basis");
  }
  require(at == new_size, "tokens cover the file");
}

delta::Matcher matcher_for(unsigned way, std::uint64_t new_size, std::uint64_t basis_size) {
  if (way % 4 == 1) return {new_size, basis_size, kFew};
  if (way % 4 == 2) return {new_size, basis_size, kAnchored};
  return {new_size, basis_size};
}

/// What the source says it answers: mostly what was asked for, or a part of it, or something else.
delta::SignatureRequest answered(const delta::SignatureRequest& request, unsigned choice) {
  delta::SignatureRequest other = request;
  delta::BlockRange& range = other.ranges.back();
  if (choice % 8 == 1) range.count = choice / 8;
  if (choice % 8 == 2) range.first += choice / 8;
  if (choice % 8 == 3) other.ranges.push_back({range.first + choice / 8, 1});
  if (choice % 8 == 4) other.level ^= choice / 8;
  if (choice % 8 == 5) range = {~std::uint64_t{0} - choice / 8, choice};
  if (choice % 8 == 6) other.ranges.insert(other.ranges.begin(), {0, choice / 8});
  return other;
}

/// One level of it. The input is used up, or there are no more requests.
void answer_all(delta::Matcher& matcher, base::ByteReader& in) {
  while (const auto request = matcher.next_request(kBlocksAtOnce)) {
    const auto turns = in.remaining() == 0 ? 0 : 2;
    for (int turn = 0; turn < turns; ++turn) {  // the second one asks for trouble: most of it has come
      const delta::SignatureRequest answer = answered(*request, in.u8());
      const std::size_t level = std::min<std::size_t>(answer.level, matcher.levels().size() - 1);
      const std::uint64_t bytes =
          std::min<std::uint64_t>(answer.blocks(), 4 * kBlocksAtOnce) * matcher.levels()[level].entry_size();
      const ByteView given = in.raw(std::min<std::size_t>(in.remaining(), static_cast<std::size_t>(bytes)));
      Bytes encoded(given.begin(), given.end());
      encoded.resize(static_cast<std::size_t>(bytes));
      if (matcher.take(answer, encoded) && turn == 0 && in.u8() % 2 == 0) break;
    }
  }
}

}  // namespace

void run_delta(ByteView input) {
  base::ByteReader in(input);
  const std::uint64_t new_size = in.u16() % 20'000;
  const unsigned way = in.u8();
  const ByteView old = ByteView(basis()).first(std::min<std::size_t>(basis().size(), std::size_t{way} / 4 * 128));
  delta::MemoryBasis reader(old);
  exec::InlineExecutor executor;
  delta::Matcher matcher = matcher_for(way, new_size, old.size());
  while (!matcher.finished()) {
    answer_all(matcher, in);
    require(matcher.search(reader, executor).has_value(), "a basis in memory can be read");
    require_whole(matcher.tokens(), new_size, old.size());
  }
  require_whole(matcher.tokens(), new_size, old.size());
}

std::vector<Bytes> delta_seeds() {
  std::vector<Bytes> seeds;
  for (const unsigned way : {188u, 189u, 190u}) {
    Bytes fresh(basis().begin() + 100, basis().end());
    for (std::size_t at = 900; at < fresh.size(); at += 1900) fresh[at] ^= std::byte{1};
    Bytes& seed = seeds.emplace_back();
    base::ByteWriter out(seed);
    out.u16(static_cast<std::uint16_t>(fresh.size()));
    out.u8(static_cast<std::uint8_t>(way));
    delta::MemoryBasis reader(basis());
    exec::InlineExecutor executor;
    delta::Matcher matcher = matcher_for(way, fresh.size(), basis().size());
    while (!matcher.finished()) {
      while (const auto request = matcher.next_request(kBlocksAtOnce)) {
        const delta::Level& level = matcher.levels()[request->level];
        Bytes encoded;
        for (const delta::BlockRange& range : request->ranges) {
          const std::uint64_t begin = range.first * level.block, end = begin + range.count * level.block;
          delta::append_signature(encoded, level,
                                  ByteView(fresh).subspan(begin, std::min<std::uint64_t>(end, fresh.size()) - begin));
        }
        out.u8(0);
        out.raw(encoded);
        out.u8(0);
        require(matcher.take(*request, encoded).has_value(), "true signatures are taken");
      }
      require(matcher.search(reader, executor).has_value(), "a basis in memory can be read");
    }
  }
  return seeds;
}

}  // namespace g5ksync::fuzz
