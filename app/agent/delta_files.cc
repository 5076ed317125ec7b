#include "app/agent/delta_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "app/agent/checked_file.h"
#include "app/agent/entry_writer.h"
#include "app/agent/moves.h"
#include "app/agent/payload.h"
#include "engine/delta/patch.h"
#include "engine/delta/whole_file_sum.h"
#include "engine/exec/inline.h"
#include "proto/match.h"

namespace g5ksync::app {
namespace {

using proto::FileOutcome;
using proto::Served;

constexpr std::uint64_t kMemory = std::uint64_t{96} << 20;  // of bases and literals, of all files
constexpr std::uint64_t kFewLiterals = 16;                  // a file has few if they are this part of it, at most
constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;
constexpr std::size_t kPieceRanges = 6000;
constexpr std::uint64_t kPieceSpan = std::uint64_t{32} << 20;  // of the file: the source's threads share its signing
constexpr std::size_t kBlocksAtOnce = std::size_t{1} << 17;

/// Whether a file with the right content may stay, where rsync puts a new one in its place: it must be the only name
/// of its inode, and belong to whom a new file would, unless the run sets that.
bool may_stay(const fs::Stat& there, const fs::Directory& directory, const tree::AttributeMask& mask) {
  if (there.nlink != 1 || (!mask.owner && there.uid != ::geteuid())) return false;
  if (mask.group) return true;
  const auto around = directory.stat_self();
  return around && there.gid == ((around->mode & S_ISGID) != 0 ? around->gid : ::getegid());
}

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

DeltaFiles::Step DeltaFiles::settled(const proto::WantedFile& file, FileOutcome outcome) {
  return {file.id, file.version, Step::Next::settled, outcome, {}};
}

std::shared_ptr<DeltaFiles::Delta> DeltaFiles::find(proto::EntryId file, proto::Version version) {
  const std::scoped_lock lock(mutex_);
  const auto found = deltas_.find({file, version});
  return found != deltas_.end() ? found->second : nullptr;
}

void DeltaFiles::abandon(proto::EntryId file, proto::Version version) {
  const std::scoped_lock lock(mutex_);
  deltas_.erase({file, version});
}

void DeltaFiles::clear() {
  const std::scoped_lock lock(mutex_);
  deltas_.clear();
}

bool DeltaFiles::keep_large() {
  const std::scoped_lock lock(mutex_);
  bool kept = false;
  for (const auto& [key, delta] : deltas_) {
    if (!delta->temp || delta->literals_written < Leftovers::kLarge) continue;
    delta->temp->keep();
    kept = true;
  }
  return kept;
}

// --- sums -----------------------------------------------------------------------------------------------------------

void DeltaFiles::run(const proto::SumsJob& job, proto::DiskResult& result) {
  proto::DeltaDone done{job.number, {}};
  const auto take = [&]() -> base::Result<void> {
    G5K_ASSIGN(const auto opened, open_answer<proto::SumsAnswer>(job.answer));
    const proto::SumsAnswer& sums = opened.answer;
    G5K_TRY(proto::match(job.request, sums));
    for (std::size_t i = 0; i < job.files.size() && !cancelled_ && !result.fatal; ++i) {
      const proto::ServedSum& item = sums.items[i];
      const proto::WantedFile& file = job.files[i];
      if (item.served != Served::whole)
        done.steps.push_back(settled(file, outcome_of(item.served)));
      else
        done.steps.push_back(file.undecided ? check(file, item.sum, result) : begin_or_seek(file, item.sum, result));
      if (file.elsewhere) destination_.elsewhere().settled(file.entry->entry.stat.size);
    }
    return {};
  };
  if (auto taken = take(); !taken) result.fatal = taken.error();
  result.done = std::move(done);
}

DeltaFiles::Step DeltaFiles::begin_or_seek(const proto::WantedFile& file, const proto::Sum& sum,
                                           proto::DiskResult& result) {
  if (!file.has_basis)
    return settled(file, Moves(destination_, cancelled_).bring(file, sum, result).value_or(FileOutcome::absent));
  auto step = begin(file, sum, result);
  return step ? std::move(*step) : settled(file, FileOutcome::bad_sum);
}

/// Whether the old file is there, and its content is right.
base::Result<bool> DeltaFiles::has_content(const proto::WantedFile& file, const Basis& basis, const proto::Sum& sum) {
  if (!basis.old_stat() || basis.old_stat()->size != file.size) return false;
  const auto got = sum_of_file(basis.old_file(), file.size, destination_, cancelled_);
  if (!got && got.error().kind != base::ErrorKind::changed) return base::Failure(got.error());
  return got && *got == sum;
}

base::Result<DeltaFiles::Step> DeltaFiles::begin(const proto::WantedFile& file, const proto::Sum& sum,
                                                 proto::DiskResult& result) {
  G5K_ASSIGN(Basis basis, Basis::open(file, destination_));
  G5K_ASSIGN(auto writer, EntryWriter::in(destination_, file.directory));
  if (basis.old_stat() && may_stay(*basis.old_stat(), writer.directory(), destination_.start().mask)) {
    G5K_ASSIGN(const bool same, has_content(file, basis, sum));
    if (same) {
      auto set = writer.directory().set_attributes(file.entry->entry.name, fs::FileType::regular,
                                                   attributes_of(file, destination_, false));
      if (!set) report_problem(result, file.id, set.error());
      if (set) ++result.counted.attributes_set, ++result.counted.files_skipped;
      return settled(file, set ? FileOutcome::same : FileOutcome::failed);
    }
  }
  if (file.elsewhere)
    if (const auto outcome = Moves(destination_, cancelled_).bring(file, sum, result)) return settled(file, *outcome);
  return start_search(file, sum, basis, result);
}

/// As rsync, what cannot be read there counts as different.
DeltaFiles::Step DeltaFiles::check(const proto::WantedFile& file, const proto::Sum& sum, proto::DiskResult& result) {
  CheckedFile checked(destination_, file, result);
  auto basis = Basis::open(file, destination_);
  const auto same = basis ? has_content(file, *basis, sum) : false;
  if (same && *same) return settled(file, checked.same());
  if (cancelled_) return settled(file, FileOutcome::failed);
  checked.other();
  Step step = settled(file, FileOutcome::written);
  if (!destination_.start().has(proto::run_flag::dry_run))
    step = basis ? start_search(file, sum, *basis, result) : settled(file, FileOutcome::bad_sum);
  step.differs = true;
  return step;
}

DeltaFiles::Step DeltaFiles::start_search(const proto::WantedFile& file, const proto::Sum& sum, Basis& basis,
                                          proto::DiskResult& result) {
  auto delta = std::make_shared<Delta>();
  delta->file = file;
  delta->sum = sum;
  delta->basis_size = basis.size();
  const auto levels = delta::levels_for(file.size);
  const std::size_t enough = basis.old_stat() ? levels.size() : 1;  // what is left of a run came in large pieces
  delta->matcher = std::make_unique<delta::Matcher>(file.size, basis.size(), levels.first(enough));
  if (auto held = hold(*delta, basis); !held) return settled(file, FileOutcome::bad_sum);
  {
    const std::scoped_lock lock(mutex_);
    deltas_[{file.id, file.version}] = delta;
  }
  const std::scoped_lock lock(delta->mutex);
  return advance(*delta, result);
}

bool DeltaFiles::is_small(const Delta& delta) {
  return std::max(delta.file.size, delta.basis_size) < proto::kSmallFile;
}

base::Result<void> DeltaFiles::hold(Delta& delta, Basis& basis) {
  if (!is_small(delta) || !delta.memory.take(memory_, delta.basis_size, kMemory)) return {};
  base::Bytes bytes;
  G5K_ASSIGN(const base::ByteView read, basis.read(0, static_cast<std::size_t>(delta.basis_size), bytes));
  bytes.resize(read.size());
  delta.basis = std::move(bytes);
  return {};
}

// --- signatures -----------------------------------------------------------------------------------------------------

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

base::Result<void> DeltaFiles::search(Delta& delta) {
  exec::InlineExecutor alone;
  if (delta.basis) {
    delta::MemoryBasis held(*delta.basis);
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

// --- literals -------------------------------------------------------------------------------------------------------

void DeltaFiles::run(const proto::LiteralsJob& job, proto::DiskResult& result) {
  proto::DeltaDone done{job.number, {}};
  const auto take = [&]() -> base::Result<void> {
    G5K_ASSIGN(const auto opened, open_answer<proto::RangesAnswer>(job.answer));
    const proto::RangesAnswer& ranges = opened.answer;
    G5K_ASSIGN(const auto parts, proto::match(job.request, ranges));
    for (std::size_t i = 0; i < job.files.size() && !cancelled_ && !result.fatal; ++i) {
      const auto delta = find(job.files[i].id, job.files[i].version);
      if (!delta) continue;
      const std::scoped_lock lock(delta->mutex);
      if (ranges.items[i].served != Served::whole) {
        done.steps.push_back(settled(job.files[i], outcome_of(ranges.items[i].served)));
        continue;
      }
      if (auto written = take_literals(*delta, job.request.items[i].ranges, parts[i]); !written) {
        report_problem(result, job.files[i].id, written.error());
        done.steps.push_back(settled(job.files[i], FileOutcome::failed));
        continue;
      }
      if (--delta->pieces_out == 0) done.steps.push_back(assemble(*delta, result));
    }
    return {};
  };
  if (auto taken = take(); !taken) result.fatal = taken.error();
  result.done = std::move(done);
}

base::Result<void> DeltaFiles::take_literals(Delta& delta, const std::vector<proto::Range>& ranges,
                                             base::ByteView data) {
  if (delta.file.size < proto::kSmallFile) {  // all of them come in one piece
    delta.literals.assign(data.begin(), data.end());
    return {};
  }
  if (delta.stored) {
    delta.store[ranges.front().offset].assign(data.begin(), data.end());
    return {};
  }
  if (!delta.temp) {
    G5K_ASSIGN(auto writer, EntryWriter::in(destination_, delta.file.directory));
    G5K_ASSIGN(delta.temp, writer.create_temp(delta.file.entry->entry.name));
  }
  for (const proto::Range& range : ranges) {
    const base::ByteView piece = data.first(static_cast<std::size_t>(range.length));
    data = data.subspan(piece.size());
    G5K_TRY(delta.temp->write_at(range.offset, piece));
    delta.literals_written += piece.size();
  }
  return {};
}

DeltaFiles::Step DeltaFiles::assemble(Delta& delta, proto::DiskResult& result) {
  const bool small = delta.file.size < proto::kSmallFile;
  const auto whole = small ? assemble_small(delta) : assemble_large(delta);
  abandon(delta.file.id, delta.file.version);
  if (!whole) {
    report_problem(result, delta.file.id, whole.error());
    return settled(delta.file, FileOutcome::failed);
  }
  if (!*whole) return settled(delta.file, FileOutcome::bad_sum);
  ++result.counted.files_written;
  result.counted.bytes_written += delta.file.size;
  return settled(delta.file, FileOutcome::written);
}

base::Result<bool> DeltaFiles::assemble_small(Delta& delta) {
  base::Bytes scratch;
  base::ByteView old;
  if (delta.basis) {
    old = *delta.basis;
  } else if (auto basis = Basis::open(delta.file, destination_)) {
    G5K_ASSIGN(old, basis->read(0, static_cast<std::size_t>(delta.basis_size), scratch));
  }
  thread_local base::Bytes bytes;  // stays in the cache from file to file
  const auto patched = delta::patch(old, delta.tokens, delta.literals, bytes);
  if (!patched || proto::Sum::xxh3(delta::sum_of(bytes)) != delta.sum) return false;
  G5K_ASSIGN(auto writer, EntryWriter::in(destination_, delta.file.directory));
  G5K_TRY(writer.write_file(bytes, attributes_of(delta.file, destination_), delta.file.entry->entry.name));
  return true;
}

base::Result<bool> DeltaFiles::assemble_large(Delta& delta) {
  auto basis = Basis::open(delta.file, destination_);
  if (!basis) return false;
  G5K_ASSIGN(auto writer, EntryWriter::in(destination_, delta.file.directory));
  if (!delta.temp) {
    G5K_ASSIGN(delta.temp, writer.create_temp(delta.file.entry->entry.name));
  }
  const Patch patch{delta.file.size, delta.tokens, *basis, delta.stored ? &delta.store : nullptr, *delta.temp};
  G5K_ASSIGN(const auto sum, write_patched(patch, executor_, [&] {
               destination_.stepped();
               return !cancelled_;
             }));
  if (!sum || proto::Sum::xxh3(*sum) != delta.sum) return false;
  G5K_TRY(writer.commit(*delta.temp, attributes_of(delta.file, destination_), delta.file.entry->entry.name));
  return true;
}

}  // namespace g5ksync::app
