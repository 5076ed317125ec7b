#include "engine/tree/scan_root.h"

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "engine/tree/read_directory.h"

namespace g5ksync::tree {
namespace {

const std::atomic<bool> never_cancelled{false};
const std::string root_path;

base::Result<void> add_named(const Source& source, std::size_t index, const FilterRules& rules, RootListing& root) {
  RootEntry entry{{source.name, {}, {}}, index};
  auto stat = source.directory->stat(source.name);
  if (!stat && stat.error().sys_errno == ENOENT)
    return base::Failure(base::Error{base::ErrorKind::not_found, ENOENT, source.name});
  if (!stat) return base::Failure(std::move(stat).error());
  entry.entry.stat = *stat;
  if (stat->type == fs::FileType::symlink) {
    G5K_ASSIGN(entry.entry.link_target, source.directory->read_link(source.name));
  }
  root.devices.push_back(stat->dev);
  if (!rules.excluded(source.name, stat->type)) root.entries.push_back(std::move(entry));
  return {};
}

base::Result<void> add_contents(const Source& source, std::size_t index, const FilterRules& rules, bool alone,
                                RootListing& root) {
  G5K_ASSIGN(const fs::Stat own, source.directory->stat_self());
  root.devices.push_back(own.dev);
  if (!root.own_attributes) root.own_attributes = own;
  auto names = source.directory->names();
  if (!names) {
    root.complete = false;
    root.problems.emplace_back(".", std::move(names).error());
    return {};
  }
  std::sort(names->begin(), names->end());
  const Reader reader{root_path, rules, never_cancelled, [&root](const std::string& path, base::Error error) {
                        root.problems.emplace_back(path, std::move(error));
                      }};
  Listing listing = reader.read(*source.directory, *names);
  // One of several sources that is empty: what the others bring is not all that should be there.
  root.complete = root.complete && listing.complete && (!listing.entries.empty() || alone);
  for (FileEntry& entry : listing.entries) root.entries.push_back({std::move(entry), index});
  return {};
}

}  // namespace

base::Result<RootListing> list_root(const std::vector<Source>& sources, const FilterRules& rules) {
  RootListing root;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].name.empty())
      G5K_TRY(add_contents(sources[i], i, rules, sources.size() == 1, root));
    else
      G5K_TRY(add_named(sources[i], i, rules, root));
  }
  const auto name = [](const RootEntry& entry) -> const std::string& { return entry.entry.name; };
  std::ranges::sort(root.entries, {}, name);
  const auto twice = std::ranges::adjacent_find(root.entries, {}, name);
  if (twice != root.entries.end())
    return base::fail(base::ErrorKind::usage, "two sources bring the same name: " + twice->entry.name);
  return root;
}

}  // namespace g5ksync::tree
