#include "app/agent/elsewhere.h"

#include <algorithm>

namespace g5ksync::app {
namespace {

constexpr std::uint64_t kWithBasis = std::uint64_t{64} << 10;  // smaller files get a delta of their own old version
constexpr std::size_t kLookedAt = 1024;                        // files of one size
constexpr std::size_t kHeld = 64;                              // open files that have no name any more

}  // namespace

bool Elsewhere::expect(std::uint64_t size, std::uint64_t basis_size) {
  if (!there_ || !there_->files() || size < tree::FileIndex::kSmallest) return false;
  if (basis_size > 0 && size < kWithBasis) return false;
  const std::size_t itself = size == basis_size ? 1 : 0;
  if (there_->files()->of_size(size).size() <= itself) return false;
  const std::scoped_lock lock(mutex_);
  ++expected_[size];
  ++expecting_;
  return true;
}

void Elsewhere::settled(std::uint64_t size) {
  const std::scoped_lock lock(mutex_);
  const auto found = expected_.find(size);
  if (found == expected_.end()) return;
  --expecting_;
  if (--found->second > 0) return;
  expected_.erase(found);
  std::erase_if(held_, [&](const auto& held) { return held.first->size == size; });
}

void Elsewhere::hold(const fs::Directory& directory, const std::string& path, const std::string& name) {
  const auto stat = directory.stat(name);
  if (!stat || stat->type != fs::FileType::regular) return;
  {
    const std::scoped_lock lock(mutex_);
    if (held_.size() == kHeld || !expected_.contains(stat->size)) return;
  }
  const std::string whole = path.empty() ? name : path + "/" + name;
  for (const File& file :
       there_->files()->of_size(stat->size).first(std::min(kLookedAt, there_->files()->of_size(stat->size).size()))) {
    if (there_->files()->name(file) != name || there_->path(file) != whole) continue;
    auto opened = directory.open_file(name);
    if (!opened) return;
    const std::scoped_lock lock(mutex_);
    held_.try_emplace(&file, std::make_shared<const base::Fd>(std::move(*opened)));
    return;
  }
}

std::vector<Elsewhere::Place> Elsewhere::places(const std::string& name, std::uint64_t size, fs::FileTime mtime,
                                                const proto::Sum& sum) {
  std::vector<Place> found;
  if (!there_ || !there_->files()) return found;
  const tree::FileIndex& files = *there_->files();
  const auto same_size = files.of_size(size);
  const auto same_time =
      std::ranges::equal_range(same_size, static_cast<std::uint32_t>(mtime.seconds), {}, &File::seconds);
  std::vector<std::pair<int, const File*>> unread;
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = by_sum_.equal_range(sum.bytes);
  for (auto known = first; known != last; ++known)
    if (known->second->size == size) found.push_back({known->second, true});
  const auto look_at = [&](const auto& some, int rank) {
    std::size_t left = kLookedAt;
    for (const File& file : some) {
      if (left-- == 0) return;
      if (!sums_.contains(&file)) unread.emplace_back(rank - (files.name(file) == name ? 1 : 0), &file);
    }
  };
  look_at(same_time, 1);
  look_at(std::ranges::subrange(same_size.begin(), same_time.begin()), 3);
  look_at(std::ranges::subrange(same_time.end(), same_size.end()), 3);
  std::ranges::stable_sort(unread, {}, [](const auto& one) { return one.first; });
  for (std::size_t i = 0; i < std::min(kPlaces, unread.size()); ++i) found.push_back({unread[i].second, false});
  return found;
}

std::shared_ptr<const base::Fd> Elsewhere::open(const fs::Directory& root, const Place& place) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto held = held_.find(place.file); held != held_.end()) return held->second;
  }
  auto opened = root.open_file(there_->path(*place.file));
  if (!opened) return nullptr;
  const auto stat = fs::stat_of(*opened);
  if (!stat || stat->size != place.file->size) return nullptr;
  return std::make_shared<const base::Fd>(std::move(*opened));
}

void Elsewhere::remember(const Place& place, const proto::Sum& sum) {
  const std::scoped_lock lock(mutex_);
  if (sums_.try_emplace(place.file, sum).second) by_sum_.emplace(sum.bytes, place.file);
}

}  // namespace g5ksync::app
