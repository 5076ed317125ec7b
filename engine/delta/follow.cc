#include "engine/delta/follow.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/delta/parallel.h"

namespace g5ksync::delta {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{4} << 20;  // of new file for each task
constexpr std::size_t kMinRead = std::size_t{4} << 10, kMaxRead = std::size_t{64} << 10;
/// At anchored levels, after so many failures in a row each so-manieth block is tried. A stretch on the diagonal that
/// is missed so has as many blocks of the next level at least, so it is met there.
constexpr std::size_t kPatience = 4, kSparse = 8;
/// The same for blocks' own offsets.
constexpr std::size_t kOwnPatience = 4, kOwnSparse = 16;

/// Reads of the basis near each other. Reads more each time that it goes on where it ended.
class Cursor {
 public:
  explicit Cursor(BasisReader& reader) : reader_(&reader) {}
  /// `length` bytes at `offset`, fewer at the end.
  base::Result<base::ByteView> at(std::uint64_t offset, std::size_t length, bool backwards) {
    if (offset < begin_ || offset + length > end()) {
      const bool goes_on =
          backwards ? offset < begin_ && offset + length >= begin_ : offset >= begin_ && offset <= end();
      ahead_ = goes_on ? std::min(kMaxRead, 2 * ahead_) : kMinRead;
      const std::size_t extra = ahead_ > length ? ahead_ - length : 0;
      begin_ = backwards ? offset - std::min<std::uint64_t>(offset, extra) : offset;
      const auto before = static_cast<std::size_t>(offset - begin_);
      auto read = reader_->read(begin_, before + length + (backwards ? 0 : extra), scratch_);
      if (!read) return base::Failure(std::move(read).error());
      view_ = *read;
    }
    const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(offset - begin_, view_.size()));
    return view_.subspan(from, std::min(length, view_.size() - from));
  }

 private:
  std::uint64_t end() const { return begin_ + view_.size(); }

  BasisReader* reader_;
  base::Bytes scratch_;
  base::ByteView view_;
  std::uint64_t begin_ = 0;
  std::size_t ahead_ = kMinRead;
};

/// Walks over a chunk of wanted blocks.
class Walk {
 public:
  Walk(const SearchTask& task, const Assembly& known, BasisReader& reader, FollowFrom from, std::size_t first,
       std::size_t last)
      : task_(task), known_(known), from_(from), first_(first), running_(reader), own_(reader) {
    const auto begin = task.wanted.begin();
    blocks_.assign(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last));
  }

  /// Over blocks [first, last), of which each follows the one before.
  base::Result<void> run(std::size_t first, std::size_t last, bool backwards) {
    std::optional<Diagonal> diagonal = from_ == FollowFrom::known ? beside(first, last, backwards) : std::nullopt;
    std::size_t failed = 0;  // in a row
    for (std::size_t step = 0; step < last - first && (failed < kWeakReach || !task_.level.weak()); ++step) {
      const std::size_t which = backwards ? last - 1 - step : first + step;
      if (!is_found(which)) {
        G5K_TRY(try_block(which, backwards, is_due(failed) ? diagonal : std::nullopt));
        if (is_found(which) && failed > kPatience) G5K_TRY(fetch_skipped(which, first, last, backwards));
      }
      failed = is_found(which) ? 0 : failed + 1;
      if (failed == 0) diagonal = block(which).found - task_.offset(which);
    }
    return {};
  }
  std::vector<WantedBlock> blocks() && { return std::move(blocks_); }

 private:
  WantedBlock& block(std::size_t which) { return blocks_[which - first_]; }
  bool is_found(std::size_t which) { return block(which).is_found(); }

  std::optional<Diagonal> beside(std::size_t first, std::size_t last, bool after) const {
    if (after) return known_.diagonal_after(task_.offset(last - 1) + task_.length(last - 1));
    return known_.diagonal_before(task_.offset(first));
  }

  bool is_due(std::size_t failed) const {
    if (!task_.level.anchored()) return true;
    if (from_ == FollowFrom::found) return failed == 0;
    return failed < kPatience || failed % kSparse == 0;
  }

  base::Result<void> try_block(std::size_t which, bool backwards, std::optional<Diagonal> diagonal) {
    if (diagonal) G5K_TRY(try_at(which, *diagonal, running_, backwards));
    if (from_ != FollowFrom::known || backwards || is_found(which)) return {};
    // The last block of the file may be the last one of the basis too; others may lie where they were.
    if (task_.is_short(which)) return try_at(which, task_.basis_size - task_.new_size, own_, false);
    if (!task_.level.anchored() || (own_failed_ >= kOwnPatience && which % kOwnSparse != 0)) return {};
    G5K_TRY(try_at(which, 0, own_, false));
    own_failed_ = is_found(which) ? 0 : own_failed_ + 1;
    if (own_failed_ == 0) std::swap(running_, own_);
    return {};
  }

  /// In vain.
  bool was_tried(std::size_t which, Diagonal diagonal) {
    return std::ranges::find(block(which).tried, short_form(diagonal)) != block(which).tried.end();
  }
  static std::uint32_t short_form(Diagonal diagonal) {
    return static_cast<std::uint32_t>(diagonal ^ diagonal >> 32) + 1;
  }

  base::Result<void> try_at(std::size_t which, Diagonal diagonal, Cursor& cursor, bool backwards) {
    const std::uint64_t at = task_.offset(which) + diagonal;
    const std::size_t length = task_.length(which);
    if (at > task_.basis_size || task_.basis_size - at < length || was_tried(which, diagonal)) return {};
    G5K_ASSIGN(const base::ByteView bytes, cursor.at(at, length, backwards));
    if (bytes.size() == length && block_sum(bytes, task_.level) == block(which).sum) {
      block(which).found = at;
    } else {
      block(which).tried[backwards] = short_form(diagonal);
    }
    return {};
  }

  /// Those that were not tried before this one was found.
  base::Result<void> fetch_skipped(std::size_t which, std::size_t first, std::size_t last, bool backwards) {
    const Diagonal diagonal = block(which).found - task_.offset(which);
    while (is_found(which) && which != (backwards ? last - 1 : first)) {
      which = backwards ? which + 1 : which - 1;
      if (is_found(which)) return {};
      G5K_TRY(try_at(which, diagonal, own_, !backwards));
    }
    return {};
  }

  const SearchTask& task_;
  const Assembly& known_;
  const FollowFrom from_;
  const std::size_t first_;
  Cursor running_, own_;
  std::vector<WantedBlock> blocks_;
  std::size_t own_failed_ = 0;  // in a row
};

/// The end of the stretch of blocks that follow each other from `first` on, at most `last`.
std::size_t stretch_end(const SearchTask& task, std::size_t first, std::size_t last) {
  std::size_t end = first + 1;
  while (end < last && task.next_follows(end - 1)) ++end;
  return end;
}

base::Result<void> follow_chunk(const SearchTask& task, Walk& walk, std::size_t first, std::size_t last) {
  for (std::size_t from = first; from < last;) {
    const std::size_t end = stretch_end(task, from, last);
    G5K_TRY(walk.run(from, end, false));
    G5K_TRY(walk.run(from, end, true));
    from = end;
  }
  return {};
}

}  // namespace

base::Result<void> follow(const SearchTask& task, const Assembly& known, BasisReader& reader, base::Executor& executor,
                          FollowFrom from) {
  const std::size_t step = std::max<std::size_t>(1, kChunkBytes / task.level.block);
  const std::size_t chunks = (task.wanted.size() + step - 1) / step;
  std::vector<std::vector<WantedBlock>> done(chunks);
  std::vector<base::Result<void>> results(chunks);
  for_each_task(executor, chunks, [&](std::size_t chunk) {
    const std::size_t first = chunk * step, last = std::min(task.wanted.size(), first + step);
    Walk walk(task, known, reader, from, first, last);
    results[chunk] = follow_chunk(task, walk, first, last);
    done[chunk] = std::move(walk).blocks();
  });
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    if (!results[chunk]) return results[chunk];
    std::ranges::copy(done[chunk], task.wanted.begin() + static_cast<std::ptrdiff_t>(chunk * step));
  }
  return {};
}

}  // namespace g5ksync::delta
