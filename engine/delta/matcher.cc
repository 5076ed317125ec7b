#include "engine/delta/matcher.h"

#include <algorithm>
#include <utility>

#include "engine/delta/follow.h"
#include "engine/delta/roll.h"

namespace g5ksync::delta {
namespace {

constexpr std::size_t kFewPieces = 32;  // room made for what a search found at once

/// Tells runs at levels whose entries do not say so: by the sum that a block of some byte has.
class RunSums {
 public:
  RunSums(const Level& level, const std::vector<std::byte>& bytes) : level_(level) {
    for (const std::byte byte : bytes) sums_.push_back({byte, sum_of(byte, level.block)});
  }
  std::optional<std::byte> byte_of(std::uint64_t sum, std::size_t length) const {
    for (const auto& [byte, whole] : sums_) {
      if (sum == (length == level_.block ? whole : sum_of(byte, length))) return byte;
    }
    return std::nullopt;
  }

 private:
  std::uint64_t sum_of(std::byte byte, std::size_t length) const {
    return block_sum(base::Bytes(length, byte), level_);
  }

  const Level& level_;
  std::vector<std::pair<std::byte, std::uint64_t>> sums_;
};

}  // namespace

std::uint64_t SignatureRequest::blocks() const {
  std::uint64_t sum = 0;
  for (const BlockRange& range : ranges) sum += range.count;
  return sum;
}

Matcher::Matcher(std::uint64_t new_size, std::uint64_t basis_size)
    : Matcher(new_size, basis_size, levels_for(new_size)) {}

Matcher::Matcher(std::uint64_t new_size, std::uint64_t basis_size, std::span<const Level> levels)
    : new_size_(new_size), basis_size_(basis_size), levels_(levels), known_(new_size) {
  if (basis_size == 0) level_ = static_cast<unsigned>(levels_.size());
  skip_to_next_gap();
}

bool Matcher::finished() const { return level_ == levels_.size() && asked_.count() == 0; }

/// Moves the cursor to the next gap; at the end of the file, to the next level, which waits for the search of this one.
void Matcher::skip_to_next_gap() {
  while (level_ < levels_.size()) {
    if (const auto gap = known_.next_gap(cursor_)) {
      cursor_ = gap->begin;
      return;
    }
    if (asked_.count() != 0) return;
    ++level_;
    cursor_ = 0;
  }
}

std::optional<SignatureRequest> Matcher::next_request(std::size_t max_blocks) {
  if (level_ == levels_.size()) return std::nullopt;
  const std::uint64_t block = levels_[level_].block;
  std::uint64_t left = std::min(max_blocks, kMaxWindow - asked_.count());
  SignatureRequest request{level_, {}};
  while (left > 0) {
    const auto gap = known_.next_gap(cursor_);
    if (!gap) break;
    // Gaps begin at blocks of the level above, and end at such or at the end of the file.
    const std::uint64_t first = gap->begin / block;
    const std::uint64_t count = std::min(left, (gap->end + block - 1) / block - first);
    request.ranges.push_back({first, count});
    asked_.ask({first, count});
    left -= count;
    cursor_ = std::min(gap->end, (first + count) * block);
  }
  if (request.ranges.empty()) return std::nullopt;
  return request;
}

base::Result<void> Matcher::take(const SignatureRequest& request, base::ByteView encoded) {
  const auto wrong = [] { return base::fail(base::ErrorKind::protocol, "signatures that were not asked for"); };
  if (request.level != level_ || level_ == levels_.size()) return wrong();
  const Level& level = levels_[level_];
  if (!asked_.are_due(request.ranges) || encoded.size() != request.blocks() * level.entry_size()) return wrong();
  base::ByteReader in(encoded);
  std::vector<WantedBlock> wanted;
  wanted.reserve(static_cast<std::size_t>(request.blocks()));
  std::vector<Piece> runs;
  for (const BlockRange& range : request.ranges) {
    const RunSums run_sums(level,
                           level.anchored() ? std::vector<std::byte>{} : known_.runs_around(range.first * level.block));
    for (std::uint64_t index = range.first; index < range.first + range.count; ++index) {
      G5K_ASSIGN(BlockSignature entry, read_signature(in, level));
      const std::uint64_t at = index * level.block;
      const std::uint64_t length = std::min<std::uint64_t>(level.block, new_size_ - at);
      const bool near = index - range.first < kWeakReach || range.first + range.count - index <= kWeakReach;
      if (near || !level.weak()) {
        if (const auto byte = run_sums.byte_of(entry.sum, static_cast<std::size_t>(length)))
          entry.run = true, entry.byte = *byte;
      }
      if (entry.run) {
        runs.push_back({at, {.kind = TokenKind::run, .byte = entry.byte, .length = length}});
      } else {
        wanted.push_back({index, entry.sum, entry.anchor, entry.offset});
      }
    }
  }
  asked_.come(request.ranges);
  known_.add(runs);
  if (wanted_.empty())
    wanted_ = std::move(wanted);
  else
    wanted_.insert(wanted_.end(), wanted.begin(), wanted.end());
  return {};
}

base::Result<void> Matcher::search(BasisReader& reader, base::Executor& executor) {
  if (asked_.count() == 0) return {};
  const bool last_anchored = level_ + 1 == levels_.size() || !levels_[level_ + 1].anchored();
  if (!std::ranges::is_sorted(wanted_, {}, &WantedBlock::index)) std::ranges::sort(wanted_, {}, &WantedBlock::index);
  const SearchTask task{levels_[level_], new_size_, basis_size_, wanted_};
  base::Result<void> result = follow(task, known_, reader, executor, FollowFrom::known);
  if (result && task.level.anchored()) {
    result = roll_and_follow(task, known_, reader, executor, last_anchored ? Effort::thorough : Effort::quick);
  }
  std::vector<Piece> pieces;
  pieces.reserve(std::min(wanted_.size(), kFewPieces));
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (!wanted_[i].is_found()) continue;
    const std::size_t first = i;
    std::uint64_t length = task.length(i);
    for (; task.next_follows(i) && wanted_[i + 1].found == wanted_[first].found + length; ++i)
      length += task.length(i + 1);
    pieces.push_back(
        {task.offset(first), {.kind = TokenKind::copy, .length = length, .basis_offset = wanted_[first].found}});
  }
  known_.add(pieces);
  wanted_ = {};
  asked_.clear();
  skip_to_next_gap();
  return result;
}

}  // namespace g5ksync::delta
