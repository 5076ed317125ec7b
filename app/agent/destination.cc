#include "app/agent/destination.h"

#include <sys/stat.h>

#include <algorithm>

#include "engine/fs/names.h"
#include "engine/fs/time_unit.h"

namespace g5ksync::app {
namespace {

constexpr std::size_t kOpenDirectories = 256;

std::uint32_t read_umask() {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return mask;
}

base::Result<std::string> absolute(const std::string& destination, const std::string& home) {
  if (destination.starts_with('/')) return destination;
  if (home.empty()) return base::fail(base::ErrorKind::not_found, "the account has no home directory");
  struct stat info;
  if (::stat(home.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return base::fail(base::ErrorKind::not_found, "the home directory " + home + " does not exist");
  return destination.empty() ? home : home + "/" + destination;
}

}  // namespace

Destination::Destination(const proto::Start& start)
    : start_(start), umask_(read_umask()), leftovers_(start.run_id, root_, [this] { return new_temp_name(); }) {}
Destination::~Destination() = default;

base::Result<std::unique_ptr<Destination>> Destination::open(const proto::Start& start, const std::string& home) {
  G5K_ASSIGN(const std::string path, absolute(start.destination, home));
  std::unique_ptr<Destination> destination(new Destination(start));
  G5K_ASSIGN(destination->deletions_, Deletions::make(destination->start_));
  auto root = fs::open_root(path);
  const bool dry_run = start.has(proto::run_flag::dry_run);
  if (!root && root.error().sys_errno == ENOENT && !dry_run) {
    root = fs::open_or_make_root(path);
    destination->made_root_ = root.has_value();
  }
  if (root)
    destination->root_ = std::move(*root);
  else if (!(dry_run && root.error().sys_errno == ENOENT))
    return base::Failure(std::move(root).error());
  Row& row = destination->rows_[tree::kRoot];
  row.subdirectory.made = destination->made_root_;
  row.subdirectory.absent = !destination->root_;
  if (!dry_run)
    destination->time_unit_ =
        fs::try_time_unit(*destination->root_, fs::temp_name(start.run_id, destination->temp_number_.fetch_add(1)));
  else if (destination->root_)
    destination->time_unit_ = fs::seen_time_unit(*destination->root_);
  return destination;
}

bool Destination::empty() const {
  if (!root_ || made_root_) return true;
  const auto holds_nothing = [this](const fs::Directory& directory) {
    const auto names = directory.names();
    return names && std::ranges::all_of(
                        *names, [this](const std::string& name) { return fs::run_id_of(name) == start_.run_id; });
  };
  if (start_.root_names.empty()) return holds_nothing(*root_);
  return std::ranges::all_of(start_.root_names, [&](const std::string& name) {
    const auto there = root_->open_directory(name);
    return !there || holds_nothing(**there);
  });
}

// --- directories by id ----------------------------------------------------------------------------------------------

std::string Destination::path_locked(EntryId id) const {
  std::vector<const std::string*> names;
  for (EntryId at = id; at != tree::kRoot; at = rows_.at(at).parent) names.push_back(&rows_.at(at).subdirectory.name);
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!path.empty()) path += '/';
    path += **name;
  }
  return path;
}

std::string Destination::path(EntryId id) const {
  const std::scoped_lock lock(mutex_);
  return path_locked(id);
}

base::Result<std::shared_ptr<fs::Directory>> Destination::directory(EntryId id) {
  std::string path;
  {
    const std::scoped_lock lock(mutex_);
    const auto row = rows_.find(id);
    if (row == rows_.end() || row->second.subdirectory.lost || !root_)
      return base::fail(base::ErrorKind::not_found, "its directory is missing");
    if (id == tree::kRoot) return root_;
    if (const auto open = open_.find(id); open != open_.end()) return open->second;
    path = path_locked(id);
  }
  G5K_ASSIGN(std::shared_ptr<fs::Directory> opened, root_->open_directory(path));
  const std::scoped_lock lock(mutex_);
  if (open_.emplace(id, opened).second) open_order_.push_back(id);
  if (open_order_.size() > kOpenDirectories) {
    open_.erase(open_order_.front());
    open_order_.pop_front();
  }
  return opened;
}

void Destination::add(EntryId id, EntryId parent, Subdirectory subdirectory) {
  const std::scoped_lock lock(mutex_);
  const auto above = rows_.find(parent);
  subdirectory.lost = subdirectory.lost || above->second.subdirectory.lost;
  rows_[id] = Row{parent, std::move(subdirectory), false, std::nullopt};
}

void Destination::set_root_attributes(const fs::Attributes& attributes, bool differ) {
  const std::scoped_lock lock(mutex_);
  root_is_ours_ = true;
  rows_[tree::kRoot].subdirectory.attributes = attributes;
  rows_[tree::kRoot].subdirectory.mend = differ;
}

bool Destination::root_is_ours() const {
  const std::scoped_lock lock(mutex_);
  return root_is_ours_;
}

bool Destination::is_new(EntryId id) const {
  const std::scoped_lock lock(mutex_);
  const Subdirectory& known = rows_.at(id).subdirectory;
  return known.made || known.absent;
}

void Destination::touch(EntryId id) {
  const std::scoped_lock lock(mutex_);
  rows_.at(id).touched = true;
}

bool Destination::claim(const fs::Stat& file, std::uint64_t owner) {
  const std::scoped_lock lock(mutex_);
  return claims_.try_emplace({file.dev, file.ino}, owner).first->second == owner;
}

void Destination::note_rewritten(EntryId id) {
  const std::scoped_lock lock(mutex_);
  rewritten_.insert(id);
}

bool Destination::is_rewritten(EntryId id) const {
  const std::scoped_lock lock(mutex_);
  return rewritten_.contains(id);
}

void Destination::hold(proto::Report change) {
  const std::scoped_lock lock(mutex_);
  const EntryId id = change.entry;
  held_.insert_or_assign(id, std::move(change));
}

std::optional<proto::Report> Destination::take_held(EntryId id) {
  const std::scoped_lock lock(mutex_);
  auto taken = held_.extract(id);
  return taken ? std::optional(std::move(taken.mapped())) : std::nullopt;
}

bool Destination::make_writable(EntryId id) {
  if (id == tree::kRoot && !root_is_ours()) return false;  // a folder that is only written into keeps its mode
  const auto opened = directory(id);
  if (!opened) return false;
  const std::scoped_lock lock(mutex_);
  Row& row = rows_.at(id);
  if (row.former_mode) return true;  // by another thread, since this one was refused
  const auto now = (*opened)->stat_self();
  constexpr std::uint32_t kOwnerAll = 0700;
  if (!now || (now->mode & kOwnerAll) == kOwnerAll) return false;
  fs::Attributes attributes;
  attributes.set_mode = true;
  attributes.mode = now->mode | kOwnerAll;
  if (!(*opened)->set_own_attributes(attributes)) return false;
  row.former_mode = now->mode;
  return true;
}

// --- temp files, the lease, leftovers -------------------------------------------------------------------------------

std::string Destination::new_temp_name(std::string_view target) {
  std::call_once(lease_once_, [this] { make_lease(); });
  const std::uint32_t number = temp_number_.fetch_add(1);
  return target.empty() ? fs::temp_name(start_.run_id, number) : fs::temp_name_for(start_.run_id, number, target);
}

void Destination::make_lease() {
  const std::scoped_lock lock(lease_mutex_);
  const auto before = root_->stat_self();
  auto lease = fs::Lease::create(*root_, start_.run_id);
  if (!lease) return;
  lease_.emplace(std::move(*lease));
  const auto after = root_->stat_self();
  if (before && after) around_lease_ = {before->mtime, after->mtime};
}

/// Own and dead ones. Where the lease was all that came and went in the root, its mtime is as it was.
void Destination::drop_leases() {
  bool put_back = false;
  {
    const std::scoped_lock lock(lease_mutex_);
    const auto now = root_->stat_self();
    put_back = around_lease_ && now && now->mtime == around_lease_->after;
    lease_.reset();
  }
  if (leftovers_.remove_leases()) put_back = false;
  {
    const std::scoped_lock rows_lock(mutex_);
    if (rows_.at(tree::kRoot).touched) return;
    if (!put_back && (around_lease_ || leftovers_.probed())) rows_.at(tree::kRoot).touched = true;
  }
  if (put_back) (void)root_->set_own_attributes(fs::only_mtime(around_lease_->before));
}

void Destination::renew_lease() {
  const std::scoped_lock lock(lease_mutex_);
  if (lease_) (void)lease_->renew();
}

void Destination::leave_lease() {
  const std::scoped_lock lock(lease_mutex_);
  if (lease_) lease_->leave();
  lease_.reset();
}

void Destination::remove_leftovers() {
  for (const auto& [id, parts] : leftovers_.take_all()) {
    const auto opened = directory(id);
    if (!opened) continue;
    touch(id);
    for (const Leftovers::Part& part : parts) (void)(*opened)->remove_file(part.name);
  }
}

// --- the end --------------------------------------------------------------------------------------------------------

base::Result<void> Destination::finish_one(EntryId id, const Row& row) {
  fs::Attributes attributes = row.subdirectory.attributes;
  if (row.former_mode && !attributes.set_mode) {
    attributes.set_mode = true;
    attributes.mode = *row.former_mode;
  }
  G5K_ASSIGN(const auto opened, directory(id));
  if (row.subdirectory.made && !start_.mask.mode) {  // a new directory takes setgid from the one that it is in
    G5K_ASSIGN(const fs::Stat now, opened->stat_self());
    attributes.mode |= now.mode & S_ISGID;
  }
  return opened->set_own_attributes(attributes);
}

void Destination::finish(const std::function<void(EntryId, const base::Error&)>& report) {
  remove_leftovers();
  std::vector<EntryId> ids;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, row] : rows_) {
      const Subdirectory& known = row.subdirectory;
      const bool changed = row.touched || known.made || known.mend || row.former_mode;
      if (changed && !known.lost && !known.absent && id != tree::kRoot) ids.push_back(id);
    }
  }
  drop_leases();                        // they live in the root: before its own times are set
  std::sort(ids.rbegin(), ids.rend());  // a directory has a larger number than the one that it is in
  if (root_) ids.push_back(tree::kRoot);
  for (const EntryId id : ids) {
    Row row;
    {
      const std::scoped_lock lock(mutex_);
      row = rows_.at(id);
    }
    const bool to_set = row.subdirectory.mend || (root_is_ours() && row.touched) || row.former_mode;
    if (id == tree::kRoot && !to_set) continue;
    if (auto set = finish_one(id, row); !set) report(id, set.error());
    stepped();
  }
}

}  // namespace g5ksync::app
