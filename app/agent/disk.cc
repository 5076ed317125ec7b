#include "app/agent/disk.h"

#include <algorithm>
#include <cstring>

#include "app/agent/digests.h"
#include "app/agent/entry_writer.h"
#include "app/agent/links.h"
#include "app/agent/payload.h"
#include "engine/tree/quick_check.h"
#include "proto/match.h"

namespace g5ksync::app {
namespace {

using proto::FileOutcome;

base::Failure broken(const char* what) { return base::fail(base::ErrorKind::protocol, what); }

/// Writes the members of one bundle's answer.
class BundleWriter {
 public:
  BundleWriter(Destination& destination, const proto::WriteBundleJob& job, proto::DiskResult& result)
      : destination_(destination), job_(job), result_(result) {}

  base::Result<std::vector<FileOutcome>> write(const proto::BundleAnswer& answer, const std::atomic<bool>& cancelled) {
    G5K_TRY(check(answer));
    std::vector<FileOutcome> outcomes(job_.files.size(), FileOutcome::failed);
    base::ByteView data = answer.data;
    for (std::size_t i = 0; i < outcomes.size() && !cancelled && !result_.fatal; ++i) {
      const proto::BundleMember& member = answer.members[i];
      if (member.served == proto::Served::whole) {
        outcomes[i] = one(job_.files[i], member, data.first(static_cast<std::size_t>(member.size)));
        data = data.subspan(static_cast<std::size_t>(member.size));
      } else {
        outcomes[i] = outcome_of(member.served);
      }
    }
    return outcomes;
  }

 private:
  /// The answer is about the members asked for, and those that are whole have the sizes that the log says.
  base::Result<void> check(const proto::BundleAnswer& answer) const {
    if (answer.bundle != job_.request.bundle || answer.members.size() != job_.files.size())
      return broken("an answer about other files");
    std::size_t next = 0;
    for (std::uint32_t index = 0; index < job_.request.members.size(); ++index) {
      if (!job_.request.members[index]) continue;
      const proto::BundleMember& member = answer.members[next];
      if (member.index != index) return broken("an answer about other files");
      if (member.served == proto::Served::whole && member.size != job_.files[next].size)
        return broken("a file of another size than listed");
      ++next;
    }
    return {};
  }

  FileOutcome one(const proto::WantedFile& file, const proto::BundleMember& member, base::ByteView bytes) {
    if (proto::Sum::xxh3(delta::sum_of(bytes)) != member.sum) return FileOutcome::bad_sum;
    auto written = write_one(file, bytes);
    if (!written) {
      report_problem(result_, file.id, written.error());
      return FileOutcome::failed;
    }
    ++result_.counted.files_written;
    result_.counted.bytes_written += bytes.size();
    return FileOutcome::written;
  }

  base::Result<void> write_one(const proto::WantedFile& file, base::ByteView bytes) {
    if (!writer_ || writer_->id() != file.directory) {
      writer_.reset();
      G5K_ASSIGN(auto opened, EntryWriter::in(destination_, file.directory));
      writer_.emplace(std::move(opened));
    }
    return writer_->write_file(bytes, attributes_of(file, destination_), file.entry->entry.name);
  }

  Destination& destination_;
  const proto::WriteBundleJob& job_;
  proto::DiskResult& result_;
  std::optional<EntryWriter> writer_;  // of the last file's directory: neighbours share it
};

}  // namespace

proto::DiskResult Disk::run(proto::DiskJob job) {
  proto::DiskResult result;
  result.done = proto::PlainDone{};
  if (!cancelled_) std::visit([&](auto& what) { run(what, result); }, job);
  if (destination_.start().has(proto::run_flag::itemize)) tell_written(result);
  if (result.fatal && result.fatal->kind == base::ErrorKind::no_space) full_ = true;
  return result;
}

void Disk::stop_early() {
  if (full_) return destination_.remove_leftovers();  // room for the next try
  bool kept = deltas_.keep_large();
  for (const auto& [key, download] : downloads_) {
    if (!download->file || download->written < Leftovers::kLarge) continue;
    download->file->keep();
    kept = true;
  }
  if (kept) destination_.leave_lease();
}

void Disk::tell_written(proto::DiskResult& result) {
  const auto tell = [&](EntryId file, FileOutcome outcome) {
    if (outcome != FileOutcome::written && outcome != FileOutcome::same) return;
    if (auto change = destination_.take_held(file)) result.reports.push_back(std::move(*change));
  };
  if (const auto* bundle = std::get_if<proto::WriteBundleDone>(&result.done)) {
    for (std::size_t i = 0; i < bundle->files.size(); ++i) tell(bundle->files[i].id, bundle->outcomes[i]);
  } else if (const auto* commit = std::get_if<proto::CommitDone>(&result.done)) {
    tell(commit->file, commit->outcome);
  } else if (const auto* delta = std::get_if<proto::DeltaDone>(&result.done)) {
    for (const proto::DeltaStep& step : delta->steps)
      if (step.next == proto::DeltaStep::Next::settled) tell(step.file, step.outcome);
  }
}

void Disk::run(const proto::RootJob& job, proto::DiskResult& result) {
  if (!job.own_attributes) return;
  const proto::Start& start = destination_.start();
  proto::ListingEntry root;
  root.entry.stat = *job.own_attributes;
  root.owner_name = job.owner_name;
  root.group_name = job.group_name;
  std::optional<fs::Stat> there;
  if (!destination_.is_new(tree::kRoot)) {
    const auto opened = destination_.directory(tree::kRoot);
    if (const auto stat = opened ? (*opened)->stat_self() : base::Failure(opened.error())) there = *stat;
  }
  (void)destination_.accounts().map(root, start.mask, there.value_or(fs::Stat{}));
  const std::uint64_t unit = std::max(start.time_unit, destination_.time_unit());
  const tree::Difference difference = tree::compare(root.entry, there, {}, start.mask, unit, tree::ContentCheck::quick);
  destination_.set_root_attributes(attributes_for(root.entry, start, destination_.umask(), destination_.made_root()),
                                   difference.any());
  if (!difference.any()) return;
  ++(difference.missing ? result.counted.directories_made : result.counted.attributes_set);
  if (difference.missing) ++result.counted.missing;
  if (start.has(proto::run_flag::itemize))
    tell_change(destination_, result, tree::kRoot, tree::itemize(root.entry, difference));
}

void Disk::run(const proto::LinkJob& job, proto::DiskResult& result) {
  for (const proto::LinkTask& task : job.tasks)
    if (!cancelled_) make_hard_link(destination_, task, result);
}

void Disk::run(const proto::DigestJob& job, proto::DiskResult& result) { result = digests_now(destination_, job); }

void Disk::run(proto::WriteBundleJob& job, proto::DiskResult& result) {
  const auto write = [&]() -> base::Result<std::vector<FileOutcome>> {
    G5K_ASSIGN(const auto opened, open_answer<proto::BundleAnswer>(job.answer));
    return BundleWriter(destination_, job, result).write(opened.answer, cancelled_);
  };
  auto outcomes = write();
  if (!outcomes) result.fatal = std::move(outcomes).error();
  result.done = proto::WriteBundleDone{
      job.number, std::move(job.files),
      outcomes ? std::move(*outcomes) : std::vector<FileOutcome>(job.files.size(), FileOutcome::failed)};
}

// --- files in ranges ------------------------------------------------------------------------------------------------

base::Result<std::shared_ptr<Disk::Download>> Disk::download_of(const proto::WantedFile& file) {
  std::shared_ptr<Download> download;
  {
    const std::scoped_lock lock(downloads_mutex_);
    auto& slot = downloads_[{file.id, file.version}];
    if (!slot) slot = std::make_shared<Download>(file.size);
    download = slot;
  }
  const std::scoped_lock lock(download->mutex);
  if (!download->file) {
    G5K_ASSIGN(auto writer, EntryWriter::in(destination_, file.directory));
    G5K_ASSIGN(download->file, writer.create_temp(file.entry->entry.name));
  }
  return download;
}

base::Result<void> Disk::write_ranges(const proto::WriteRangesJob& job, proto::DiskResult& result) {
  const auto opened = open_answer<proto::RangesAnswer>(job.answer);
  const auto parts = opened ? proto::match(job.request, opened->answer)
                            : base::Result<std::vector<base::ByteView>>(base::Failure(opened.error()));
  if (!parts) {
    result.fatal = parts.error();
    return {};
  }
  if (const proto::Served served = opened->answer.items.front().served; served != proto::Served::whole) {
    std::get<proto::WriteRangesDone>(result.done).outcome = outcome_of(served);
    return {};
  }
  G5K_ASSIGN(const auto download, download_of(job.file));
  base::ByteView data = parts->front();
  for (const proto::Range& range : job.request.items.front().ranges) {
    const base::ByteView piece = data.first(static_cast<std::size_t>(range.length));
    data = data.subspan(piece.size());
    G5K_TRY(download->file->write_at(range.offset, piece));
    download->written += piece.size();
    G5K_TRY(download->sum.add(range.offset, piece, [&](std::uint64_t offset, std::span<std::byte> into) {
      return download->file->read_at(offset, into).and_then([&](std::size_t count) -> base::Result<void> {
        if (count == into.size()) return {};
        return base::fail(base::ErrorKind::io, "the temp file is shorter than what was written");
      });
    }));
  }
  return {};
}

void Disk::run(const proto::WriteRangesJob& job, proto::DiskResult& result) {
  result.done = proto::WriteRangesDone{job.number, job.file.id, job.file.version, FileOutcome::written};
  auto written = write_ranges(job, result);
  if (written) return;
  report_problem(result, job.file.id, written.error());
  std::get<proto::WriteRangesDone>(result.done).outcome = FileOutcome::failed;
}

void Disk::run(const proto::CommitJob& job, proto::DiskResult& result) {
  const proto::WantedFile& file = job.file;
  proto::CommitDone done{file.id, file.version, FileOutcome::failed};
  auto download = download_of(file);
  {
    const std::scoped_lock lock(downloads_mutex_);
    downloads_.erase({file.id, file.version});
  }
  base::Result<void> committed;
  const auto sum = download ? (*download)->sum.result() : std::nullopt;
  if (!download) {
    committed = base::Failure(download.error());
  } else if (job.sum && (!sum || proto::Sum::xxh3(*sum) != *job.sum)) {
    done.outcome = FileOutcome::bad_sum;
    result.done = done;
    return;
  } else {
    auto writer = EntryWriter::in(destination_, file.directory);
    committed = writer ? writer->commit(*(*download)->file, attributes_of(file, destination_), file.entry->entry.name)
                       : base::Result<void>(base::Failure(writer.error()));
  }
  if (committed) {
    done.outcome = FileOutcome::written;
    ++result.counted.files_written;
    result.counted.bytes_written += file.size;
  } else {
    report_problem(result, file.id, committed.error());
  }
  result.done = done;
}

void Disk::run(const proto::AbandonJob& job, proto::DiskResult&) {
  if (job.delta) return deltas_.abandon(job.file, job.version);
  const std::scoped_lock lock(downloads_mutex_);
  downloads_.erase({job.file, job.version});
}

void Disk::run(const proto::FinishJob& job, proto::DiskResult& result) {
  {
    const std::scoped_lock lock(downloads_mutex_);
    downloads_.clear();
  }
  deltas_.clear();
  destination_.deletions().run(destination_, job.source_failed, cancelled_, result);
  if (destination_.start().has(proto::run_flag::dry_run)) return;
  destination_.finish([&](EntryId id, const base::Error& error) { report_problem(result, id, error); });
}

}  // namespace g5ksync::app
