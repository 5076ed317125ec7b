#include "tests/tree/recorder.h"

#include <algorithm>

#include "engine/exec/inline.h"
#include "engine/exec/threads.h"
#ifdef G5KSYNC_TEST_TBB
#include "engine/exec/tbb.h"
#endif

namespace g5ksync::test {

tree::EntryId Recorder::root(std::vector<tree::RootEntry> roots, std::optional<fs::Stat> own, bool complete) {
  const std::scoped_lock lock(mutex_);
  demand(listed.empty(), "the root comes first, once");
  own_attributes = own;
  listed[""] = complete;
  std::vector<tree::FileEntry> plain;
  for (tree::RootEntry& root : roots) plain.push_back(std::move(root.entry));
  return take("", std::move(plain));
}

tree::EntryId Recorder::directory(tree::EntryId id, tree::Listing listing) {
  const std::scoped_lock lock(mutex_);
  const auto known = directories_.find(id);
  demand(known != directories_.end(), "a directory's parent has been listed");
  if (known == directories_.end()) return 0;
  demand(listed.emplace(known->second, listing.complete).second, "a directory is listed once: " + known->second);
  return take(known->second + "/", std::move(listing.entries));
}

void Recorder::problem(const std::string& path, base::Error error) {
  const std::scoped_lock lock(mutex_);
  demand(listed.contains(""), "the root comes before any problem");
  problems.emplace(path, std::move(error));
}

void Recorder::done() {
  const std::scoped_lock lock(mutex_);
  ++done_calls;
}

tree::EntryId Recorder::take(const std::string& parent, std::vector<tree::FileEntry> taken) {
  demand(done_calls == 0, "nothing comes after done()");
  const auto name = [](const tree::FileEntry& entry) -> const std::string& { return entry.name; };
  demand(std::ranges::is_sorted(taken, {}, name), "entries are in byte order: " + parent);
  const tree::EntryId first = next_;
  for (tree::FileEntry& entry : taken) {
    const std::string path = parent + entry.name;
    if (entry.stat.type == fs::FileType::directory) directories_[next_] = path;
    ++next_;
    demand(entries.emplace(path, std::move(entry)).second, "an entry is given once: " + path);
  }
  return first;
}

void Recorder::demand(bool holds, const std::string& what) {
  if (!holds) broken.push_back(what);
}

std::string Recorder::paths() const {
  std::string joined;
  for (const auto& [path, entry] : entries) joined += (joined.empty() ? "" : " ") + path;
  return joined;
}

std::unique_ptr<Recorder> scan(base::Executor& executor, const std::vector<tree::Source>& sources,
                               const tree::FilterRules& rules, const tree::ScanOptions& options) {
  auto recorder = std::make_unique<Recorder>();
  const auto started = tree::Scan::start(executor, sources, rules, options, *recorder);
  if (!started) recorder->broken.push_back("did not start: " + started.error().message());
  executor.wait_idle();
  return recorder;
}

std::unique_ptr<Recorder> scan_contents(std::shared_ptr<const fs::Directory> directory, const tree::FilterRules& rules,
                                        const tree::ScanOptions& options) {
  exec::InlineExecutor executor;
  return scan(executor, {{std::move(directory), ""}}, rules, options);
}

std::vector<std::unique_ptr<base::Executor> (*)()> executors() {
  return {
      []() -> std::unique_ptr<base::Executor> { return std::make_unique<exec::InlineExecutor>(); },
      []() -> std::unique_ptr<base::Executor> { return std::make_unique<exec::ThreadExecutor>(3); },
#ifdef G5KSYNC_TEST_TBB
      [] { return exec::make_tbb_executor(3); },
#endif
  };
}

}  // namespace g5ksync::test
