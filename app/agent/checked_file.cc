#include "app/agent/checked_file.h"

#include "app/agent/payload.h"

namespace g5ksync::app {

/// As of now, with the time of the version that was summed.
tree::Difference CheckedFile::difference(bool same_content) const {
  const proto::Start& start = destination_.start();
  std::optional<fs::Stat> there;
  if (auto writer = EntryWriter::in(destination_, file_.directory))
    if (const auto found = writer->directory().stat(file_.entry->entry.name)) there = *found;
  tree::FileEntry entry = file_.entry->entry;
  entry.stat.size = file_.size;
  entry.stat.mtime = file_.mtime;
  const std::uint64_t unit = std::max(start.time_unit, destination_.time_unit());
  return tree::decided(tree::compare(entry, there, "", start.mask, unit, tree::ContentCheck::sum), same_content,
                       start.mask);
}

void CheckedFile::tell(const tree::Difference& difference, bool awaits_content) {
  if (!destination_.start().has(proto::run_flag::itemize) || !difference.any()) return;
  tell_change(destination_, result_, file_.id, tree::itemize(file_.entry->entry, difference), awaits_content);
}

proto::FileOutcome CheckedFile::same() {
  const tree::Difference found = difference(true);
  tell(found, false);
  if (found.any() && !destination_.start().has(proto::run_flag::dry_run)) {
    const auto set = [&]() -> base::Result<void> {
      G5K_ASSIGN(auto writer, EntryWriter::in(destination_, file_.directory));
      return writer.directory().set_attributes(file_.entry->entry.name, fs::FileType::regular,
                                               attributes_of(file_, destination_, false));
    }();
    if (!set) {
      report_problem(result_, file_.id, set.error());
      return proto::FileOutcome::failed;
    }
  }
  ++result_.counted.files_skipped;
  if (found.any()) ++result_.counted.attributes_set;
  return proto::FileOutcome::same;
}

void CheckedFile::other() {
  tell(difference(false), !destination_.start().has(proto::run_flag::dry_run));
  const bool linked = file_.entry->link_group != 0;
  if (linked && destination_.start().has(proto::run_flag::dry_run)) destination_.note_rewritten(file_.id);
}

}  // namespace g5ksync::app
