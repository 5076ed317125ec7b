#include "engine/delta/roll.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <mutex>

#include "engine/delta/anchor_table.h"
#include "engine/delta/follow.h"
#include "engine/delta/parallel.h"
#include "engine/delta/segment_search.h"

namespace g5ksync::delta {
namespace {

constexpr std::uint64_t kMaxSegment = std::uint64_t{1} << 20, kMinSegment = std::uint64_t{16} << 10;
/// What lies between two regions is read in vain if they go into one segment.
constexpr std::uint64_t kNear = std::uint64_t{64} << 10;
/// A thorough search goes over what was skipped too: if a sample promises something, or, where there is too little for
/// a sample, if the blocks still wanted are more than this part of it.
constexpr std::uint64_t kWorthIt = 16;
/// A search that may be given up begins with a sample of the segments: each so-manieth, if there are a few of those.
/// Where many were skipped the sample is thinner, since the blocks that are still wanted are seldom among them.
constexpr std::size_t kFewSampled = 8;
constexpr std::size_t kSample = 8, kThinSample = 32, kFewSegments = kFewSampled * kSample;
/// It is not worth the rest if that is likely to find less than this part of what is wanted.
constexpr std::size_t kLeastGain = 100;

/// When a search is given up.
struct GiveUp {
  std::size_t stride = 1;  // of the sample, at most; 1: never
  std::size_t blocks = 0;  // unless all segments seem to hold more than so many blocks
};

constexpr std::size_t kFewPlaces = 64;  // room made for what blocks were found at once

/// Where blocks were found, now or at coarser levels, sorted and joined. Blocks that follow each other are joined at
/// once: few are left to sort.
std::vector<BasisInterval> found_places(const SearchTask& task, const Assembly& known) {
  std::vector<BasisInterval> places;
  places.reserve(known.pieces().size() + std::min(task.wanted.size(), kFewPlaces));
  for (const Piece& piece : known.pieces()) {
    const Token& token = piece.token;
    if (token.kind == TokenKind::copy) places.push_back({token.basis_offset, token.basis_offset + token.length});
  }
  for (std::size_t i = 0; i < task.wanted.size(); ++i) {
    const std::uint64_t begin = task.wanted[i].found;
    if (begin == WantedBlock::kNotFound) continue;
    if (!places.empty() && places.back().end == begin) {
      places.back().end += task.length(i);
    } else {
      places.push_back({begin, begin + task.length(i)});
    }
  }
  std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::size_t joined = 0;
  for (const BasisInterval& place : places) {
    if (joined == 0 || place.begin > places[joined - 1].end) {
      places[joined++] = place;
    } else {
      places[joined - 1].end = std::max(places[joined - 1].end, place.end);
    }
  }
  places.resize(joined);
  return places;
}

std::vector<BasisInterval> complement(const std::vector<BasisInterval>& places, std::uint64_t size) {
  std::vector<BasisInterval> rest;
  rest.reserve(places.size() + 1);
  std::uint64_t at = 0;
  for (const BasisInterval& place : places) {
    if (place.begin > at) rest.push_back({at, place.begin});
    at = place.end;
  }
  if (at < size) rest.push_back({at, size});
  return rest;
}

std::uint64_t bytes_in(const std::vector<BasisInterval>& places) {
  std::uint64_t sum = 0;
  for (const BasisInterval& place : places) sum += place.end - place.begin;
  return sum;
}

/// Large files have enough of them for a sample; small ones have one.
std::uint64_t segment_size(const SearchTask& task) {
  if (task.basis_size < kMaxSegment) return kMaxSegment;
  const std::uint64_t least = std::max(kMinSegment, std::uint64_t{8} * task.level.block);
  return std::clamp(std::bit_floor(task.basis_size / kFewSegments), least, kMaxSegment);
}

struct Segment {
  std::uint64_t begin, end;            // positions searched lie in here
  std::vector<BasisInterval> regions;  // of it
};

std::vector<Segment> cut(const std::vector<BasisInterval>& regions, std::uint64_t size) {
  std::vector<Segment> segments;
  for (BasisInterval region : regions) {
    while (region.begin < region.end) {
      const std::uint64_t grid = region.begin / size * size;
      const BasisInterval part{region.begin, std::min(region.end, grid + size)};
      const bool near =
          !segments.empty() && segments.back().begin / size * size == grid && part.begin - segments.back().end <= kNear;
      if (!near) segments.push_back({part.begin, part.end, {}});
      segments.back().end = part.end;
      segments.back().regions.push_back(part);
      region.begin = part.end;
    }
  }
  return segments;
}

/// Scratch objects of the threads at work.
class SearchPool {
 public:
  SearchPool(const SearchTask& task, const AnchorTable& table, AfterMatch after)
      : task_(task), table_(table), after_(after) {}
  struct Seat {
    SegmentSearch search;
    base::Bytes scratch;
  };
  std::unique_ptr<Seat> take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return std::make_unique<Seat>(Seat{SegmentSearch(task_, table_, after_), {}});
    auto seat = std::move(free_.back());
    free_.pop_back();
    return seat;
  }
  void give_back(std::unique_ptr<Seat> seat) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(seat));
  }

 private:
  const SearchTask& task_;
  const AnchorTable& table_;
  const AfterMatch after_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Seat>> free_;
};

base::Result<std::vector<Match>> search_segment(const SearchTask& task, const Segment& segment, BasisReader& reader,
                                                SearchPool& pool) {
  auto seat = pool.take();
  const std::uint64_t block = task.level.block;
  const std::uint64_t from = segment.begin - std::min(segment.begin, block);
  const std::uint64_t to = std::min(task.basis_size, segment.end + block);
  G5K_ASSIGN(const base::ByteView bytes, reader.read(from, static_cast<std::size_t>(to - from), seat->scratch));
  std::vector<Match> matches =
      seat->search.run(bytes.first(std::min<std::size_t>(bytes.size(), to - from)), from, segment.regions);
  pool.give_back(std::move(seat));
  return matches;
}

/// Earlier segments win; equal blocks that no segment placed lie where one of them does.
void enter(const SearchTask& task, const AnchorTable& table, const std::vector<Match>& matches) {
  for (const Match& match : matches) {
    WantedBlock& block = task.wanted[match.which];
    if (!block.is_found()) block.found = match.where;
  }
  for (const Match& match : matches) {
    for (const std::uint32_t which : table.members(table.class_of(match.which))) {
      WantedBlock& block = task.wanted[which];
      if (!block.is_found()) block.found = match.where;
    }
  }
}

/// Searches in `regions`; whether anything was found.
base::Result<bool> roll(const SearchTask& task, const std::vector<BasisInterval>& regions, AfterMatch after,
                        GiveUp give_up, BasisReader& reader, base::Executor& executor) {
  const AnchorTable table(task);
  if (table.empty()) return false;
  const std::vector<Segment> segments = cut(regions, segment_size(task));
  std::vector<base::Result<std::vector<Match>>> results(segments.size());
  SearchPool pool(task, table, after);
  const std::size_t stride =
      segments.size() < kFewSegments ? 1 : std::min(give_up.stride, segments.size() / kFewSampled);
  const std::size_t least = give_up.blocks / stride + 1;
  const auto search = [&](std::size_t i) { results[i] = search_segment(task, segments[i], reader, pool); };
  const std::size_t sampled = (segments.size() + stride - 1) / stride;
  for_each_task(executor, sampled, [&](std::size_t i) { search(i * stride); });
  std::size_t met = 0;
  for (const auto& matches : results) met += matches ? matches->size() : 0;
  if (stride > 1 && met >= least)
    for_each_task(executor, segments.size() - sampled, [&](std::size_t i) { search(i + i / (stride - 1) + 1); });
  bool found = false;
  for (const auto& matches : results) {
    if (!matches) return base::Failure(matches.error());
    enter(task, table, *matches);
    found = found || !matches->empty();
  }
  return found;
}

std::size_t left(const SearchTask& task) {
  return static_cast<std::size_t>(
      std::ranges::count_if(task.wanted, [](const WantedBlock& block) { return !block.is_found(); }));
}

}  // namespace

base::Result<void> roll_and_follow(const SearchTask& task, const Assembly& known, BasisReader& reader,
                                   base::Executor& executor, Effort effort) {
  const auto pass = [&](const std::vector<BasisInterval>& regions, AfterMatch after,
                        GiveUp give_up) -> base::Result<void> {
    G5K_ASSIGN(const bool found, roll(task, regions, after, give_up, reader, executor));
    return found ? follow(task, known, reader, executor, FollowFrom::found) : base::Result<void>{};
  };
  const std::vector<BasisInterval> seen = found_places(task, known);
  G5K_TRY(pass(complement(seen, task.basis_size), AfterMatch::skip,
               effort == Effort::quick ? GiveUp{kSample, 0} : GiveUp{}));
  if (effort == Effort::quick) return {};
  const std::vector<BasisInterval> skipped = found_places(task, known);
  const std::size_t wanted = left(task);
  const std::uint64_t bytes = bytes_in(skipped);
  if (bytes < kFewSegments * segment_size(task) && wanted * task.level.block * kWorthIt <= bytes) return {};
  return pass(skipped, AfterMatch::overlap, {kThinSample, wanted / kLeastGain});
}

}  // namespace g5ksync::delta
