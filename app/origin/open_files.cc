#include "app/origin/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace g5ksync::app {
namespace {

constexpr std::size_t kMost = 2048, kPart = 4;

std::size_t descriptors() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, kMost * kPart));
}

}  // namespace

OpenFiles::OpenFiles() : most_(descriptors() / kPart) {}

std::shared_ptr<const base::Fd> OpenFiles::find(proto::EntryId file) {
  const std::scoped_lock lock(mutex_);
  const auto found = kept_.find(file);
  if (found == kept_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->open;
}

void OpenFiles::keep(proto::EntryId file, std::shared_ptr<const base::Fd> open) {
  std::list<Kept> out;  // closed when the lock is gone
  const std::scoped_lock lock(mutex_);
  if (kept_.contains(file)) return;
  by_use_.push_front({file, std::move(open)});
  kept_.emplace(file, by_use_.begin());
  if (by_use_.size() <= most_) return;
  kept_.erase(by_use_.back().file);
  out.splice(out.begin(), by_use_, std::prev(by_use_.end()));
}

void OpenFiles::drop(proto::EntryId file) {
  const std::scoped_lock lock(mutex_);
  const auto found = kept_.find(file);
  if (found == kept_.end()) return;
  by_use_.erase(found->second);
  kept_.erase(found);
}

}  // namespace g5ksync::app
