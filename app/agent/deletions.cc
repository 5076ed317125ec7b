#include "app/agent/deletions.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>

#include "app/agent/entry_writer.h"
#include "engine/fs/names.h"
#include "engine/fs/remove_tree.h"

namespace g5ksync::app {
namespace {

using fs::FileType;

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

void notice(proto::DiskResult& result, EntryId entry, std::string text) {
  result.reports.push_back({proto::ReportKind::notice, entry, base::ErrorKind::io, 0, std::move(text)});
}

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// Takes the part's names, which are sorted too, from `names`.
void take_away(const proto::ListingPart& part, std::vector<std::string>& names) {
  auto listed = part.entries.begin();
  std::erase_if(names, [&](const std::string& name) {
    while (listed != part.entries.end() && listed->entry.name < name) ++listed;
    return listed != part.entries.end() && listed->entry.name == name;
  });
}

}  // namespace

base::Result<std::unique_ptr<Deletions>> Deletions::make(const proto::Start& start) {
  std::unique_ptr<Deletions> made(new Deletions(start));
  for (const tree::FilterText& rule : start.rules) G5K_TRY(made->rules_.add_plain(rule.action, rule.pattern));
  return made;
}

// --- while directories are compared ---------------------------------------------------------------------------------

void Deletions::compare(const proto::ListingPart& part, std::vector<std::string> names) {
  if (!wanted()) return;
  const std::scoped_lock lock(mutex_);
  const auto [at, is_new] = extras_.try_emplace(part.directory);
  Extra& extra = at->second;
  if (is_new) {
    std::erase_if(names, [](const std::string& name) { return !fs::run_id_of(name).empty(); });
    std::sort(names.begin(), names.end());
    extra.names = std::move(names);
  }
  take_away(part, extra.names);
  if (part.last) {
    extra.complete = part.complete;
    extra.empty_source = part.empty_source;
  }
  if (part.first && part.last && extra.names.empty()) extras_.erase(at);
}

bool Deletions::may_clear() const {
  if (start_.has(proto::run_flag::force)) return true;
  return wanted() && start_.max_delete == 0;  // a limit must be held against all deletions, before the first
}

bool Deletions::keeps(const std::string& path, FileType type) const {
  return !rules_.empty() && rules_.excluded(path, type);
}

base::Result<void> Deletions::clear_way(fs::Directory& directory, EntryId id, const std::string& path,
                                        const std::string& name) {
  auto removed = directory.remove_directory(name);
  if (removed || (removed.error().sys_errno != ENOTEMPTY && removed.error().sys_errno != EEXIST)) return removed;
  return empty_out(directory, id, path, name, false);
}

base::Result<void> Deletions::check_way(fs::Directory& directory, EntryId id, const std::string& path,
                                        const std::string& name) {
  if (dry_run() || !may_clear()) return empty_out(directory, id, path, name, true);
  if (rules_.empty()) return {};
  const fs::TreeRemoval look{
      [&](const std::string& inner, FileType type) { return inner != name && keeps(joined(path, inner), type); },
      [](const std::string&, FileType) {}, [](const std::string&, const base::Error&) {}, true, nullptr};
  if (fs::remove_tree(directory, name, look)) return {};
  return empty_out(directory, id, path, name, false);
}

base::Result<void> Deletions::empty_out(fs::Directory& directory, EntryId id, const std::string& path,
                                        const std::string& name, bool only_tell) {
  G5K_ASSIGN(const auto way, directory.open_directory(name));
  const auto names = way->names();
  if (only_tell && names && names->empty()) return {};
  if (!may_clear())
    return base::fail(base::ErrorKind::io, wanted() ? "a directory with something in it is in the way; with "
                                                      "--max-delete it is kept"
                                                    : "a directory with something in it is in the way");
  proto::DiskResult told;
  const fs::TreeRemoval how{
      [&](const std::string& inner, FileType type) { return inner != name && keeps(joined(path, inner), type); },
      [&](const std::string& inner, FileType type) {
        if (inner != name) tell(id, inner, type, told);
      },
      [](const std::string&, const base::Error&) {}, only_tell, nullptr};
  const bool gone = fs::remove_tree(directory, name, how);
  const std::scoped_lock lock(mutex_);
  cleared_.counted += told.counted;
  std::ranges::move(told.reports, std::back_inserter(cleared_.reports));
  if (gone) return {};
  return base::fail(base::ErrorKind::io, "a directory is in the way, and not all in it may be deleted");
}

// --- at the end -----------------------------------------------------------------------------------------------------

void Deletions::tell(EntryId directory, const std::string& path, FileType type, proto::DiskResult& result) const {
  ++result.counted.deleted;
  if (!start_.has(proto::run_flag::itemize)) return;
  result.reports.push_back({proto::ReportKind::deletion, directory, base::ErrorKind::io, 0,
                            path + (type == FileType::directory ? "/" : "")});
}

/// Leaves the names that no rule protects.
void Deletions::drop_kept(Destination& destination, EntryId id, Extra& extra) {
  const auto directory = destination.directory(id);
  const std::string path = destination.path(id);
  std::erase_if(extra.names, [&](const std::string& name) {
    if (!directory) return true;
    const auto stat = (*directory)->stat(name);
    return !stat || keeps(joined(path, name), stat->type);
  });
}

void Deletions::hold(Destination& destination, EntryId id, Extra& extra, proto::DiskResult& result) {
  drop_kept(destination, id, extra);
  if (extra.names.empty()) return;
  result.counted.deletions_held += extra.names.size();
  notice(result, id,
         "nothing was deleted in it, since the source is empty: " +
             (extra.names.size() == 1 ? std::string("1 entry stays")
                                      : std::to_string(extra.names.size()) + " entries stay"));
}

std::vector<Deletions::Doomed> Deletions::doomed(Destination& destination, proto::DiskResult& result) {
  std::vector<Doomed> all;
  for (auto& [id, extra] : extras_) {
    if (extra.empty_source) hold(destination, id, extra, result);
    if (!extra.complete || extra.empty_source) continue;
    drop_kept(destination, id, extra);
    const std::string path = destination.path(id);
    for (std::string& name : extra.names) all.push_back({id, path, std::move(name)});
  }
  return all;
}

std::uint64_t Deletions::count(Destination& destination, const std::vector<Doomed>& doomed) {
  std::uint64_t entries = 0;
  for (const Doomed& one : doomed) {
    const auto directory = destination.directory(one.directory);
    if (!directory) continue;
    const fs::TreeRemoval how{
        [&](const std::string& inner, FileType type) { return keeps(joined(one.path, inner), type); },
        [&](const std::string&, FileType) { ++entries; }, [](const std::string&, const base::Error&) {}, true, nullptr};
    (void)fs::remove_tree(**directory, one.name, how);
    destination.stepped();
  }
  return entries;
}

void Deletions::remove(Destination& destination, const Doomed& one, const std::atomic<bool>& cancelled,
                       proto::DiskResult& result) {
  auto writer = EntryWriter::in(destination, one.directory);
  if (!writer) return report_problem(result, one.directory, writer.error());
  const fs::TreeRemoval how{
      [&](const std::string& inner, FileType type) { return keeps(joined(one.path, inner), type); },
      [&](const std::string& inner, FileType type) {
        tell(one.directory, inner, type, result);
        destination.stepped();
      },
      [&](const std::string& inner, base::Error error) {
        report_problem(result, one.directory,
                       std::move(error).with((dry_run() ? "cannot look into " : "cannot delete ") + inner));
      },
      dry_run(), &cancelled};
  writer->remove(one.name, how);
}

void Deletions::run(Destination& destination, bool source_failed, const std::atomic<bool>& cancelled,
                    proto::DiskResult& result) {
  const std::scoped_lock lock(mutex_);
  result.counted += cleared_.counted;
  std::ranges::move(cleared_.reports, std::back_inserter(result.reports));
  const std::vector<Doomed> all = doomed(destination, result);
  if (all.empty()) return;
  if (source_failed) {
    result.counted.deletions_held += all.size();
    return notice(result, tree::kRoot, "nothing was deleted, since not all of the source could be read");
  }
  if (start_.max_delete > 0) {
    const std::uint64_t entries = count(destination, all), most = start_.max_delete - 1;
    if (entries > most) {
      result.counted.deletions_held += entries;
      return notice(result, tree::kRoot,
                    "nothing was deleted: " + counted(entries, "deletion") +
                        " would be more than --max-delete=" + std::to_string(most) + " allows");
    }
  }
  for (const Doomed& one : all) {
    if (cancelled) return;
    remove(destination, one, cancelled, result);
  }
}

}  // namespace g5ksync::app
