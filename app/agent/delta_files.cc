#include "app/agent/delta_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "app/agent/checked_file.h"
#include "app/agent/entry_writer.h"
#include "app/agent/moves.h"
#include "app/agent/payload.h"
#include "proto/match.h"

namespace g5ksync::app {
namespace {

using proto::FileOutcome;
using proto::Served;

/// Whether a file with the right content may stay, where rsync puts a new one in its place: it must be the only name
/// of its inode, and belong to whom a new file would, unless the run sets that.
bool may_stay(const fs::Stat& there, const fs::Directory& directory, const tree::AttributeMask& mask) {
  if (there.nlink != 1 || (!mask.owner && there.uid != ::geteuid())) return false;
  if (mask.group) return true;
  const auto around = directory.stat_self();
  return around && there.gid == ((around->mode & S_ISGID) != 0 ? around->gid : ::getegid());
}

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
    std::vector<std::uint64_t> sizes;
    if (job.request.first_level)
      for (const proto::WantedFile& file : job.files) sizes.push_back(delta::first_level_size(file.size));
    G5K_ASSIGN(const auto parts, proto::match(job.request, sizes, sums));
    for (std::size_t i = 0; i < job.files.size() && !cancelled_ && !result.fatal; ++i) {
      const proto::ServedSum& item = sums.items[i];
      const proto::WantedFile& file = job.files[i];
      if (item.served != Served::whole)
        done.steps.push_back(settled(file, outcome_of(item.served)));
      else if (file.undecided)
        done.steps.push_back(check(file, {item.sum, parts[i]}, result));
      else
        done.steps.push_back(begin_or_seek(file, {item.sum, parts[i]}, result));
      if (file.elsewhere) destination_.elsewhere().settled(file.entry->entry.stat.size);
    }
    return {};
  };
  if (auto taken = take(); !taken) result.fatal = taken.error();
  result.done = std::move(done);
}

DeltaFiles::Step DeltaFiles::begin_or_seek(const proto::WantedFile& file, const Opening& opening,
                                           proto::DiskResult& result) {
  if (!file.has_basis)
    return settled(file,
                   Moves(destination_, cancelled_).bring(file, opening.sum, result).value_or(FileOutcome::absent));
  auto step = begin(file, opening, result);
  return step ? std::move(*step) : settled(file, FileOutcome::bad_sum);
}

/// Whether the old file is there, and its content is right.
base::Result<bool> DeltaFiles::has_content(const proto::WantedFile& file, const Basis& basis, const proto::Sum& sum) {
  if (!basis.old_stat() || basis.old_stat()->size != file.size) return false;
  const auto got = sum_of_file(basis.old_file(), file.size, destination_, cancelled_);
  if (!got && got.error().kind != base::ErrorKind::changed) return base::Failure(got.error());
  return got && *got == sum;
}

base::Result<DeltaFiles::Step> DeltaFiles::begin(const proto::WantedFile& file, const Opening& opening,
                                                 proto::DiskResult& result) {
  G5K_ASSIGN(Basis basis, Basis::open(file, destination_));
  G5K_ASSIGN(auto writer, EntryWriter::in(destination_, file.directory));
  if (basis.old_stat() && may_stay(*basis.old_stat(), writer.directory(), destination_.start().mask)) {
    G5K_ASSIGN(const bool same, has_content(file, basis, opening.sum));
    if (same) {
      auto set = writer.directory().set_attributes(file.entry->entry.name, fs::FileType::regular,
                                                   attributes_of(file, destination_, false));
      if (!set) report_problem(result, file.id, set.error());
      if (set) ++result.counted.attributes_set, ++result.counted.files_skipped;
      return settled(file, set ? FileOutcome::same : FileOutcome::failed);
    }
  }
  if (file.elsewhere)
    if (const auto outcome = Moves(destination_, cancelled_).bring(file, opening.sum, result))
      return settled(file, *outcome);
  return start_search(file, opening, basis, result);
}

/// As rsync, what cannot be read there counts as different.
DeltaFiles::Step DeltaFiles::check(const proto::WantedFile& file, const Opening& opening, proto::DiskResult& result) {
  CheckedFile checked(destination_, file, result);
  auto basis = Basis::open(file, destination_);
  const auto same = basis ? has_content(file, *basis, opening.sum) : false;
  if (same && *same) return settled(file, checked.same());
  if (cancelled_) return settled(file, FileOutcome::failed);
  checked.other();
  Step step = settled(file, FileOutcome::written);
  if (!destination_.start().has(proto::run_flag::dry_run))
    step = basis ? start_search(file, opening, *basis, result) : settled(file, FileOutcome::bad_sum);
  step.differs = true;
  return step;
}

DeltaFiles::Step DeltaFiles::start_search(const proto::WantedFile& file, const Opening& opening, Basis& basis,
                                          proto::DiskResult& result) {
  auto delta = std::make_shared<Delta>();
  delta->file = file;
  delta->sum = opening.sum;
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
  if (auto taken = take_first_level(*delta, opening.first_level); !taken) {
    if (taken.error().kind == base::ErrorKind::protocol) result.fatal = taken.error();
    return settled(file, FileOutcome::bad_sum);
  }
  return advance(*delta, result);
}

bool DeltaFiles::is_small(const Delta& delta) {
  return std::max(delta.file.size, delta.basis_size) < proto::kSmallFile;
}

base::Result<void> DeltaFiles::hold(Delta& delta, Basis& basis) {
  if (!is_small(delta) || !delta.memory.take(memory_, delta.basis_size, kMemory)) return {};
  const auto size = static_cast<std::size_t>(delta.basis_size);
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  G5K_ASSIGN(const std::size_t read, basis.read(0, std::span(bytes.get(), size)));
  delta.held = std::move(bytes);
  delta.basis = base::ByteView(delta.held.get(), read);
  return {};
}

}  // namespace g5ksync::app
