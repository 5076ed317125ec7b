#include "app/agent/leftovers.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "engine/fs/names.h"

namespace g5ksync::app {
namespace {

constexpr std::int64_t kLeftoverSeconds = fs::kLeaseSeconds;
constexpr std::size_t kMostParts = 3;

}  // namespace

bool Leftovers::is_leftover(const fs::Directory& directory, const std::string& name) {
  const std::string_view run = fs::run_id_of(name);
  if (run.empty() || run == run_id_) return false;
  const std::scoped_lock lock(mutex_);
  if (server_now_.seconds == 0) {
    const auto now = fs::server_now(*root_, probe_name_());
    if (!now) return false;
    server_now_ = *now;
  }
  const auto lease = root_->stat(fs::lease_name(run));
  if (!lease) {  // another destination's run, or its lease could not be made: only age tells
    const auto file = directory.stat(name);
    return file && file->mtime.seconds + kLeftoverSeconds < server_now_.seconds;
  }
  const auto known = runs_.find(std::string(run));
  if (known != runs_.end()) return known->second == fs::LeaseState::dead;
  const auto state = fs::lease_state(*root_, run, server_now_, fs::ProcessIdentity::of_this_process());
  runs_.emplace(run, state);
  return state == fs::LeaseState::dead;
}

int Leftovers::clear(proto::EntryId id, fs::Directory& directory, const std::vector<std::string>& names) {
  int cleared = 0;
  for (const std::string& name : names) {
    if (!name.starts_with(fs::kTempPrefix) || !is_leftover(directory, name)) continue;
    if (name.ends_with(".lease")) continue;  // known to be dead from now on; removed at the end
    const auto stat = directory.stat(name);
    if (stat && stat->type == fs::FileType::regular && stat->size >= kLarge) {
      const std::scoped_lock lock(mutex_);
      kept_[id].push_back({name, stat->size});
    } else if (directory.remove_file(name)) {
      ++cleared;
    }
  }
  return cleared;
}

std::vector<Leftovers::Part> Leftovers::of(proto::EntryId directory, const std::string& name,
                                           std::uint64_t size) const {
  if (size < kLarge) return {};
  const std::scoped_lock lock(mutex_);
  const auto found = kept_.find(directory);
  if (found == kept_.end()) return {};
  std::vector<Part> parts;
  std::ranges::copy_if(found->second, std::back_inserter(parts),
                       [&](const Part& part) { return fs::is_temp_of(part.name, name); });
  std::ranges::sort(parts,
                    [](const Part& a, const Part& b) { return std::tie(b.size, a.name) < std::tie(a.size, b.name); });
  if (parts.size() > kMostParts) parts.resize(kMostParts);
  return parts;
}

std::map<proto::EntryId, std::vector<Leftovers::Part>> Leftovers::take_all() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(kept_, {});
}

bool Leftovers::remove_leases() {
  const std::scoped_lock lock(mutex_);
  bool removed = false;
  for (const auto& [run, state] : runs_)
    if (state == fs::LeaseState::dead && root_->remove_file(fs::lease_name(run))) removed = true;
  return removed;
}

bool Leftovers::probed() const {
  const std::scoped_lock lock(mutex_);
  return server_now_.seconds != 0;
}

}  // namespace g5ksync::app
