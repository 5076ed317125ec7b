#include "engine/delta/follow.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/delta/parallel.h"

namespace g5ksync::delta {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{4} << 20;  // of new file for each task
/// After so many failures in a row, only each so-manieth block is tried at its offset.
constexpr std::size_t kPatience = 16;
constexpr std::size_t kReadAhead = std::size_t{64} << 10;

/// Reads of the basis near each other.
class Cursor {
 public:
  explicit Cursor(BasisReader& reader) : reader_(reader) {}
  /// `length` bytes at `offset`, fewer at the end. Reads `ahead` bytes if it has to read, backwards or forwards.
  base::Result<base::ByteView> at(std::uint64_t offset, std::size_t length, std::size_t ahead, bool backwards) {
    if (offset < begin_ || offset + length > begin_ + view_.size()) {
      const std::size_t extra = ahead > length ? ahead - length : 0;
      begin_ = backwards ? offset - std::min<std::uint64_t>(offset, extra) : offset;
      const auto before = static_cast<std::size_t>(offset - begin_);
      auto read = reader_.read(begin_, before + length + (backwards ? 0 : extra), scratch_);
      if (!read) return base::Failure(std::move(read).error());
      view_ = *read;
    }
    const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(offset - begin_, view_.size()));
    return view_.subspan(from, std::min(length, view_.size() - from));
  }

 private:
  BasisReader& reader_;
  base::Bytes scratch_;
  base::ByteView view_;
  std::uint64_t begin_ = 0;
};

/// One walk over wanted blocks [first, last) of which each follows the one before, in one direction.
class Walk {
 public:
  Walk(const SearchTask& task, const Assembly& known, BasisReader& reader)
      : task_(task), known_(known), cursors_{Cursor(reader), Cursor(reader), Cursor(reader)} {}

  /// Blocks found by an earlier walk of this pass are in `matches`, by `which`; new ones are added in walking order.
  base::Result<void> run(std::size_t first, std::size_t last, bool backwards, std::vector<std::uint64_t>& where,
                         std::size_t base) {
    std::optional<Diagonal> running, other;
    const std::uint64_t begin = task_.offset(first), end = task_.offset(last - 1) + task_.length(last - 1);
    running = backwards ? known_.diagonal_after(end) : known_.diagonal_before(begin);
    other = backwards ? known_.diagonal_before(begin) : known_.diagonal_after(end);
    std::size_t failed = 0;  // in a row
    for (std::size_t step = 0; step < last - first && (failed < kWeakReach || !task_.level.weak()); ++step) {
      const std::size_t which = backwards ? last - 1 - step : first + step;
      std::uint64_t& found = where[which - base];
      if (found == WantedBlock::kNotFound)
        G5K_TRY(try_block(which, backwards, running, other, found, last - first - step));
      failed = found == WantedBlock::kNotFound ? failed + 1 : 0;
      if (failed == 0) running = found - task_.offset(which);
    }
    return {};
  }

 private:
  base::Result<void> try_block(std::size_t which, bool backwards, std::optional<Diagonal> running,
                               std::optional<Diagonal> other, std::uint64_t& found, std::size_t blocks_left) {
    const bool try_own = task_.level.anchored() && !backwards && (in_vain_ < kPatience || which % kPatience == 0);
    const std::optional<Diagonal> own = try_own ? std::optional<Diagonal>(0) : std::nullopt;
    const std::optional<Diagonal> end = task_.is_short(which) ? std::optional(task_.basis_size - task_.new_size) : own;
    const std::array tries{running, backwards ? std::nullopt : other, end};
    const std::size_t ahead = std::min(kReadAhead, blocks_left * task_.level.block);
    for (std::size_t i = 0; i < tries.size(); ++i) {
      if (!tries[i] || std::find(tries.begin(), tries.begin() + static_cast<std::ptrdiff_t>(i), tries[i]) !=
                           tries.begin() + static_cast<std::ptrdiff_t>(i))
        continue;
      const std::uint64_t place = task_.offset(which) + *tries[i];
      const std::size_t length = task_.length(which);
      if (place > task_.basis_size || task_.basis_size - place < length) continue;
      G5K_ASSIGN(const base::ByteView bytes, cursors_[i].at(place, length, ahead, backwards));
      if (bytes.size() != length || block_sum(bytes, task_.level) != task_.wanted[which].sum) continue;
      found = place;
      in_vain_ = 0;
      return {};
    }
    ++in_vain_;
    return {};
  }

  const SearchTask& task_;
  const Assembly& known_;
  std::array<Cursor, 3> cursors_;
  std::size_t in_vain_ = 0;  // blocks tried since the last that was found
};

/// The end of the stretch of blocks that follow each other from `first` on, at most `last`.
std::size_t stretch_end(const SearchTask& task, std::size_t first, std::size_t last) {
  std::size_t end = first + 1;
  while (end < last && task.next_follows(end - 1)) ++end;
  return end;
}

base::Result<void> follow_chunk(const SearchTask& task, const Assembly& known, BasisReader& reader, std::size_t first,
                                std::size_t last, std::vector<std::uint64_t>& where) {
  where.resize(last - first);
  for (std::size_t i = first; i < last; ++i) where[i - first] = task.wanted[i].found;
  Walk walk(task, known, reader);
  for (std::size_t from = first; from < last;) {
    const std::size_t end = stretch_end(task, from, last);
    G5K_TRY(walk.run(from, end, false, where, first));
    G5K_TRY(walk.run(from, end, true, where, first));
    from = end;
  }
  return {};
}

}  // namespace

base::Result<void> follow(const SearchTask& task, const Assembly& known, BasisReader& reader,
                          base::Executor& executor) {
  const std::size_t step = std::max<std::size_t>(1, kChunkBytes / task.level.block);
  const std::size_t chunks = (task.wanted.size() + step - 1) / step;
  std::vector<std::vector<std::uint64_t>> where(chunks);
  std::vector<base::Result<void>> results(chunks);
  for_each_task(executor, chunks, [&](std::size_t chunk) {
    const std::size_t first = chunk * step, last = std::min(task.wanted.size(), first + step);
    results[chunk] = follow_chunk(task, known, reader, first, last, where[chunk]);
  });
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    if (!results[chunk]) return results[chunk];
    for (std::size_t i = 0; i < where[chunk].size(); ++i) task.wanted[chunk * step + i].found = where[chunk][i];
  }
  return {};
}

}  // namespace g5ksync::delta
