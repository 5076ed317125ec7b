#include "app/agent/links.h"

#include <unistd.h>

#include <cerrno>

#include "app/agent/entry_writer.h"
#include "engine/tree/quick_check.h"

namespace g5ksync::app {
namespace {

using fs::FileType;

class Linking {
 public:
  Linking(Destination& destination, const proto::LinkTask& task, proto::DiskResult& result)
      : destination_(destination), start_(destination.start()), task_(task), result_(result) {}

  void run() {
    destination_.stepped();
    if (auto done = link(); !done) report_problem(result_, task_.id, done.error());
  }

 private:
  bool flagged(std::uint32_t flag) const { return (start_.flags & flag) != 0; }
  const tree::FileEntry& entry() const { return task_.entry->entry; }

  base::Result<void> link() {
    auto writer = EntryWriter::in(destination_, task_.directory);
    if (!writer) {
      const bool absent = flagged(proto::run_flag::dry_run) && destination_.is_new(task_.directory);
      if (absent) tell(std::nullopt);
      return absent || writer.error().sys_errno == 0 ? base::Result<void>() : base::Failure(writer.error());
    }
    const std::optional<fs::Stat> there = stat(writer->directory(), entry().name);
    if (passed_over(there)) return {};
    const auto leaders = destination_.directory(task_.leader_directory);
    const std::optional<fs::Stat> leader = leaders ? stat(**leaders, task_.leader->entry.name) : std::nullopt;
    if (flagged(proto::run_flag::dry_run)) return foretell(*writer, leader, there);
    if (!leader) return {};  // why it is not there has been said of the leader
    if (there && one_file(*leader, *there)) {
      ++result_.counted.files_skipped;
      return {};
    }
    G5K_TRY(check_way(*writer, there));
    G5K_TRY(writer->make_link(entry().name, **leaders, task_.leader->entry.name,
                              there && there->type == FileType::directory));
    tell(there);
    return {};
  }

  base::Result<void> foretell(EntryWriter& writer, const std::optional<fs::Stat>& leader,
                              const std::optional<fs::Stat>& there) {
    const bool linked = leader && there && one_file(*leader, *there) && !destination_.is_rewritten(task_.leader_id);
    if (linked) return {};
    G5K_TRY(check_way(writer, there));
    tell(there);
    return {};
  }

  static std::optional<fs::Stat> stat(const fs::Directory& directory, const std::string& name) {
    const auto found = directory.stat(name);
    return found ? std::optional(*found) : std::nullopt;
  }

  static bool one_file(const fs::Stat& a, const fs::Stat& b) { return a.dev == b.dev && a.ino == b.ino; }

  bool passed_over(const std::optional<fs::Stat>& there) const {
    return flagged(there ? proto::run_flag::ignore_existing : proto::run_flag::existing);
  }

  base::Result<void> check_way(EntryWriter& writer, const std::optional<fs::Stat>& there) {
    if (!there || there->type != FileType::directory) return {};
    return destination_.deletions().check_way(writer.directory(), task_.directory, destination_.path(task_.directory),
                                              entry().name);
  }

  /// rsync's "hf+++++++++ name => leader".
  void tell(const std::optional<fs::Stat>& there) {
    ++result_.counted.links_made;
    if (!there) ++result_.counted.missing;
    if (!flagged(proto::run_flag::itemize)) return;
    proto::ListingEntry mapped = *task_.entry;
    (void)destination_.accounts().map(mapped, start_.mask, there.value_or(fs::Stat{}));
    const std::uint64_t unit = std::max(start_.time_unit, destination_.time_unit());
    const tree::Difference difference =
        tree::compare(mapped.entry, there, mapped.entry.link_target, start_.mask, unit, tree::ContentCheck::size_only);
    std::string text = tree::itemize(mapped.entry, difference);
    if (text.empty()) text = tree::itemize(mapped.entry, {.missing = true}).substr(0, 2) + std::string(9, ' ');
    text[0] = 'h';
    const std::string above = destination_.path(task_.leader_directory);
    tell_change(destination_, result_, task_.id, text + (above.empty() ? "" : above + "/") + task_.leader->entry.name);
  }

  Destination& destination_;
  const proto::Start& start_;
  const proto::LinkTask& task_;
  proto::DiskResult& result_;
};

}  // namespace

void make_hard_link(Destination& destination, const proto::LinkTask& task, proto::DiskResult& result) {
  Linking(destination, task, result).run();
}

}  // namespace g5ksync::app
