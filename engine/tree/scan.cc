#include "engine/tree/scan.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <utility>

#include "engine/tree/read_directory.h"
#include "engine/tree/scan_root.h"

namespace g5ksync::tree {
namespace {

/// A directory of more names is read by several jobs.
constexpr std::size_t kNamesInOneJob = 2048;
/// So many directories at most are held open for that; others are read by the one job that opened them.
constexpr int kMostSplit = 32;

/// A directory that waits to be listed. It is opened by path when its turn comes: thousands may wait, and none of them
/// holds a descriptor.
struct Pending {
  EntryId id = 0;
  std::size_t source = 0;
  std::string open_path;  // beneath the source's directory
  std::string path;       // relative to the root of the transfer
  std::uint64_t device = 0;
  int depth = 1;
};

/// A directory that several jobs read, a slice of its names each; the last to end puts it together.
struct Split {
  Pending pending;
  std::unique_ptr<fs::Directory> directory;
  std::vector<std::string> names;
  std::vector<Listing> slices;
  std::atomic<std::size_t> left{0};
};

/// Jobs hold the run; the run ends (sink.done()) with the last of them.
class ScanRun final : public std::enable_shared_from_this<ScanRun> {
 public:
  ScanRun(base::Executor& executor, const std::vector<Source>& sources, const FilterRules& rules,
          const ScanOptions& options, ScanSink& sink)
      : executor_(executor), sources_(sources), rules_(rules), options_(options), sink_(sink) {}

  void start(RootListing root) {
    submit([root = std::make_shared<RootListing>(std::move(root))](ScanRun& run) { run.give_root(std::move(*root)); });
  }
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

 private:
  template <class Job>
  void submit(Job job) {
    jobs_.fetch_add(1, std::memory_order_relaxed);
    executor_.submit([self = shared_from_this(), job = std::move(job)]() mutable {
      if (!self->cancelled()) job(*self);
      if (self->jobs_.fetch_sub(1, std::memory_order_acq_rel) == 1) self->sink_.done();
    });
  }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  void give_root(RootListing root);
  void list(Pending pending);
  void read_slice(Split& split, std::size_t index);
  void split(Pending pending, std::unique_ptr<fs::Directory> directory, std::vector<std::string> names);
  void give(const Pending& pending, Listing listing);
  void give_unread(const Pending& pending, base::Error error);

  Reader reader(const Pending& pending) {
    return {pending.path, rules_, cancelled_,
            [this](const std::string& path, base::Error error) { sink_.problem(path, std::move(error)); }};
  }

  base::Executor& executor_;
  const std::vector<Source> sources_;
  const FilterRules& rules_;
  const ScanOptions options_;
  ScanSink& sink_;
  std::atomic<bool> cancelled_{false};
  std::atomic<std::size_t> jobs_{0};
  std::atomic<int> splits_{0};
};

void ScanRun::give_root(RootListing root) {
  std::vector<Pending> directories;
  if (root.own_attributes) options_.modes.apply(*root.own_attributes);
  for (std::size_t i = 0; i < root.entries.size(); ++i) {
    options_.modes.apply(root.entries[i].entry.stat);
    const FileEntry& entry = root.entries[i].entry;
    if (entry.stat.type != fs::FileType::directory) continue;
    directories.push_back({i, root.entries[i].source, entry.name, entry.name, root.devices[root.entries[i].source], 1});
  }
  const EntryId first = sink_.root(std::move(root.entries), root.own_attributes, root.complete);
  for (auto& [path, error] : root.problems) sink_.problem(path, std::move(error));
  for (Pending& pending : directories) {
    pending.id += first;
    submit([pending = std::move(pending)](ScanRun& run) mutable { run.list(std::move(pending)); });
  }
}

void ScanRun::list(Pending pending) {
  if (pending.depth > options_.max_depth)
    return give_unread(pending, {base::ErrorKind::io, 0, "directories are nested too deep"});
  auto directory = sources_[pending.source].directory->open_directory(pending.open_path);
  if (!directory) return give_unread(pending, std::move(directory).error());
  if (options_.one_file_system) {
    const auto self = (*directory)->stat_self();
    // A mount point is kept as an empty directory; what lies under it at the destination is not ours to delete.
    if (self && self->dev != pending.device) return give(pending, {{}, false, false, {}});
  }
  auto names = (*directory)->names();
  if (!names) return give_unread(pending, std::move(names).error());
  std::sort(names->begin(), names->end());
  if (names->size() > kNamesInOneJob && executor_.concurrency() > 1) {
    if (splits_.fetch_add(1) < kMostSplit) return split(std::move(pending), *std::move(directory), *std::move(names));
    splits_.fetch_sub(1);
  }
  give(pending, reader(pending).read(**directory, *names));
}

void ScanRun::split(Pending pending, std::unique_ptr<fs::Directory> directory, std::vector<std::string> names) {
  auto split = std::make_shared<Split>();
  const std::size_t slices = (names.size() + kNamesInOneJob - 1) / kNamesInOneJob;
  split->pending = std::move(pending);
  split->directory = std::move(directory);
  split->names = std::move(names);
  split->slices.resize(slices);
  split->left = slices;
  for (std::size_t i = 0; i < slices; ++i) submit([split, i](ScanRun& run) { run.read_slice(*split, i); });
}

void ScanRun::read_slice(Split& split, std::size_t index) {
  const std::size_t begin = index * kNamesInOneJob;
  const std::size_t count = std::min(kNamesInOneJob, split.names.size() - begin);
  split.slices[index] = reader(split.pending).read(*split.directory, std::span(split.names).subspan(begin, count));
  if (split.left.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  split.directory.reset();
  splits_.fetch_sub(1);
  Listing whole;
  whole.entries.reserve(split.names.size());
  for (Listing& slice : split.slices) {
    std::move(slice.entries.begin(), slice.entries.end(), std::back_inserter(whole.entries));
    std::move(slice.temporary.begin(), slice.temporary.end(), std::back_inserter(whole.temporary));
    whole.complete = whole.complete && slice.complete;
  }
  give(split.pending, std::move(whole));
}

void ScanRun::give(const Pending& pending, Listing listing) {
  if (cancelled()) return;
  const bool named = pending.depth == 1 && !sources_[pending.source].name.empty();
  listing.empty_source = named && listing.complete && listing.entries.empty();
  std::vector<Pending> directories;
  for (std::size_t i = 0; i < listing.entries.size(); ++i) {
    FileEntry& entry = listing.entries[i];
    options_.modes.apply(entry.stat);
    if (entry.stat.type != fs::FileType::directory) continue;
    directories.push_back({i, pending.source, pending.open_path + "/" + entry.name, pending.path + "/" + entry.name,
                           pending.device, pending.depth + 1});
  }
  const EntryId first = sink_.directory(pending.id, std::move(listing));
  for (Pending& child : directories) {
    child.id += first;
    submit([child = std::move(child)](ScanRun& run) mutable { run.list(std::move(child)); });
  }
}

void ScanRun::give_unread(const Pending& pending, base::Error error) {
  sink_.problem(pending.path, std::move(error));
  give(pending, {{}, false, false, {}});
}

class ScanHandle final : public Scan {
 public:
  explicit ScanHandle(std::shared_ptr<ScanRun> run) : run_(std::move(run)) {}
  void cancel() override { run_->cancel(); }

 private:
  std::shared_ptr<ScanRun> run_;
};

}  // namespace

base::Result<std::unique_ptr<Scan>> Scan::start(base::Executor& executor, const std::vector<Source>& sources,
                                                const FilterRules& rules, const ScanOptions& options, ScanSink& sink) {
  G5K_ASSIGN(RootListing root, list_root(sources, rules));
  auto run = std::make_shared<ScanRun>(executor, sources, rules, options, sink);
  run->start(std::move(root));
  return std::make_unique<ScanHandle>(std::move(run));
}

}  // namespace g5ksync::tree
