// The whole-file sum, XXH3-128 (https://github.com/Cyan4973/xxHash), of bytes in memory and of files whose pieces are
// handled in any order.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

struct XXH3_state_s;

namespace g5ksync::delta {

/// XXH3-128 in its canonical (big-endian) form.
using Sum128 = std::array<std::byte, 16>;

Sum128 sum_of(base::ByteView bytes);

/// The sum of a file of `size` bytes that is read or written in pieces, nearly in order. A piece that comes in its
/// turn is hashed from memory; the others are read back when their turn comes, so nothing is buffered. Pieces must not
/// overlap; the same piece may come again. Any thread; pieces are hashed one at a time.
class OrderedSum {
 public:
  /// Fills `into` with the file's bytes from `offset` on; used for pieces that came early.
  using ReadBack = std::function<base::Result<void>(std::uint64_t offset, std::span<std::byte> into)>;

  explicit OrderedSum(std::uint64_t size);
  ~OrderedSum();
  OrderedSum(const OrderedSum&) = delete;
  OrderedSum& operator=(const OrderedSum&) = delete;

  /// The piece at `offset` has been read or written. An error comes from `read_back` only; the sum is then lost.
  base::Result<void> add(std::uint64_t offset, base::ByteView piece, const ReadBack& read_back);
  /// Once all pieces have been added.
  std::optional<Sum128> result() const;

 private:
  struct Piece {
    std::uint64_t offset, length;
    friend auto operator<=>(const Piece&, const Piece&) = default;
  };
  void hash(base::ByteView bytes);
  base::Result<void> catch_up(const ReadBack& read_back);

  mutable std::mutex mutex_;
  const std::uint64_t size_;
  std::uint64_t hashed_ = 0;
  std::set<Piece> early_;
  struct FreeState {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, FreeState> state_;
};

inline constexpr std::uint64_t kSumStep = std::uint64_t{1} << 20;
/// The sum of `size` bytes that `read` gives in order, in steps of kSumStep; the last may be short. Errors are the
/// reader's.
base::Result<Sum128> sum_of(std::uint64_t size, const OrderedSum::ReadBack& read);

}  // namespace g5ksync::delta
