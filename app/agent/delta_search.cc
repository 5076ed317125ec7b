#include <algorithm>

#include "app/agent/delta_files.h"
#include "app/agent/payload.h"
#include "engine/exec/inline.h"
#include "proto/match.h"

namespace g5ksync::app {
namespace {

using proto::FileOutcome;
using proto::Served;

constexpr std::uint64_t kFewLiterals = 16;  // a file has few if they are this part of it, at most
constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;
constexpr std::size_t kPieceRanges = 6000;
constexpr std::size_t kBlocksAtOnce = std::size_t{1} << 17;
constexpr std::uint64_t kPieceSpan = std::uint64_t{32} << 20;  // of the file: the source's threads share its signing

/// Cuts ranges into pieces within the caps. For each of what ranges count: `unit` bytes in the answer, which are about
/// `span` bytes of the file.
class Cutter {
 public:
  Cutter(std::vector<proto::DeltaPiece>& pieces, std::uint8_t level, std::uint64_t unit, std::uint64_t span)
      : pieces_(pieces), level_(level), unit_(unit), most_(std::min(kPieceBytes, kPieceSpan / span * unit)) {}
  void add(std::uint64_t first, std::uint64_t count) {
    while (count > 0) {
      const std::uint64_t room = open_ ? (most_ - std::min(most_, pieces_.back().bytes)) / unit_ : 0;
      if (room == 0 || pieces_.back().ranges.size() == kPieceRanges) {
        pieces_.push_back({level_, {}, 0});
        open_ = true;
        continue;
      }
      const std::uint64_t some = std::min(room, count);
      pieces_.back().ranges.push_back({first, some});
      pieces_.back().bytes += some * unit_;
      first += some;
      count -= some;
    }
  }

 private:
  std::vector<proto::DeltaPiece>& pieces_;
  const std::uint8_t level_;
  const std::uint64_t unit_, most_;
  bool open_ = false;
};

}  // namespace

void DeltaFiles::run(const proto::SignaturesJob& job, proto::DiskResult& result) {
  proto::DeltaDone done{job.number, {}};
  const auto take = [&]() -> base::Result<void> {
    G5K_ASSIGN(const auto opened, open_answer<proto::SignaturesAnswer>(job.answer));
    const proto::SignaturesAnswer& signatures = opened.answer;
    std::vector<std::uint64_t> sizes;
    for (std::size_t i = 0; i < job.files.size(); ++i) {
      const proto::SignaturesItem& item = job.request.items[i];
      std::uint64_t blocks = 0;
      for (const proto::Range& range : item.blocks) blocks += range.length;
      sizes.push_back(delta::signature_size(job.files[i].size, item.level, blocks));
    }
    G5K_ASSIGN(const auto parts, proto::match(job.request, sizes, signatures));
    for (std::size_t i = 0; i < job.files.size() && !cancelled_ && !result.fatal; ++i) {
      const auto delta = find(job.files[i].id, job.files[i].version);
      if (!delta) continue;
      const std::scoped_lock lock(delta->mutex);
      if (signatures.items[i].served != Served::whole) {
        done.steps.push_back(settled(job.files[i], outcome_of(signatures.items[i].served)));
        continue;
      }
      delta::SignatureRequest asked{job.request.items[i].level, {}};
      for (const proto::Range& range : job.request.items[i].blocks)
        asked.ranges.push_back({range.offset, range.length});
      G5K_TRY(delta->matcher->take(asked, parts[i]));
      if (--delta->pieces_out > 0) continue;
      const auto searched = search(*delta);
      done.steps.push_back(searched ? advance(*delta, result) : settled(job.files[i], FileOutcome::bad_sum));
    }
    return {};
  };
  if (auto taken = take(); !taken) result.fatal = taken.error();
  result.done = std::move(done);
}

/// Where it came with the sum: the first thing that the matcher wants.
base::Result<void> DeltaFiles::take_first_level(Delta& delta, base::ByteView signatures) {
  if (signatures.empty()) return {};
  const auto wanted = delta.matcher->next_request(kBlocksAtOnce);
  if (!wanted) return {};  // there is nothing to search
  G5K_TRY(delta.matcher->take(*wanted, signatures));
  return search(delta);
}

base::Result<void> DeltaFiles::search(Delta& delta) {
  exec::InlineExecutor alone;
  if (delta.held) {
    delta::MemoryBasis held(delta.basis);
    return delta.matcher->search(held, alone);
  }
  G5K_ASSIGN(Basis basis, Basis::open(delta.file, destination_));
  if (!is_small(delta)) return delta.matcher->search(basis, executor_ ? *executor_ : alone);
  base::Bytes scratch;
  G5K_ASSIGN(const base::ByteView bytes, basis.read(0, static_cast<std::size_t>(delta.basis_size), scratch));
  delta::MemoryBasis read(bytes);
  return delta.matcher->search(read, alone);
}

/// What the file needs next. Its lock is held.
DeltaFiles::Step DeltaFiles::advance(Delta& delta, proto::DiskResult& result) {
  Step step = settled(delta.file, FileOutcome::written);
  while (!delta.matcher->finished()) {
    ask_for_signatures(delta, step);
    if (!step.pieces.empty()) {
      delta.pieces_out = step.pieces.size();
      step.next = Step::Next::signatures;
      return step;
    }
    if (!search(delta)) return settled(delta.file, FileOutcome::bad_sum);
  }
  delta.tokens = delta.matcher->tokens();
  delta.matcher.reset();
  ask_for_literals(delta, step);
  if (step.pieces.empty()) return assemble(delta, result);
  delta.pieces_out = step.pieces.size();
  step.next = Step::Next::literals;
  return step;
}

void DeltaFiles::ask_for_signatures(Delta& delta, Step& step) const {
  while (const auto request = delta.matcher->next_request(kBlocksAtOnce)) {
    const delta::Level& level = delta.matcher->levels()[request->level];
    Cutter cutter(step.pieces, static_cast<std::uint8_t>(request->level), level.entry_size(), level.block);
    for (const delta::BlockRange& range : request->ranges) cutter.add(range.first, range.count);
  }
}

void DeltaFiles::ask_for_literals(Delta& delta, Step& step) {
  Cutter cutter(step.pieces, 0, 1, 1);
  std::uint64_t offset = 0, bytes = 0;
  for (const delta::Token& token : delta.tokens) {
    if (token.kind == delta::TokenKind::literal) {
      cutter.add(offset, token.length);
      bytes += token.length;
    }
    offset += token.length;
  }
  // Few and far between: each would cost a page of the temp file, twice. But a run that is cut short loses them.
  delta.stored = bytes * kFewLiterals <= delta.file.size && delta.memory.take(memory_, bytes, kMemory);
}

}  // namespace g5ksync::app
