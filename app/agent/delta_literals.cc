#include "app/agent/delta_files.h"
#include "app/agent/entry_writer.h"
#include "app/agent/payload.h"
#include "engine/delta/patch.h"
#include "engine/delta/whole_file_sum.h"
#include "proto/match.h"

namespace g5ksync::app {
namespace {

using proto::FileOutcome;
using proto::Served;

}  // namespace

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
  if (delta.held) {
    old = delta.basis;
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
