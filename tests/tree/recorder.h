// A scan sink that keeps all it is given, and checks the order of calls.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/executor.h"
#include "engine/tree/scan.h"

namespace g5ksync::test {

class Recorder final : public tree::ScanSink {
 public:
  tree::EntryId root(std::vector<tree::RootEntry> entries, std::optional<fs::Stat> own, bool complete) override;
  tree::EntryId directory(tree::EntryId id, tree::Listing listing) override;
  void problem(const std::string& path, base::Error error) override;
  void done() override;

  // To be read after done().
  std::map<std::string, tree::FileEntry> entries;  // by path relative to the root
  std::map<std::string, bool> listed;              // directories by path ("" is the root): complete?
  std::map<std::string, base::Error> problems;
  std::optional<fs::Stat> own_attributes;
  std::vector<std::string> broken;  // what the scan did against its contract
  int done_calls = 0;

  /// The paths, joined by blanks.
  std::string paths() const;

 private:
  tree::EntryId take(const std::string& parent, std::vector<tree::FileEntry> entries);
  void demand(bool holds, const std::string& what);

  std::mutex mutex_;
  std::map<tree::EntryId, std::string> directories_;  // listed yet or not
  tree::EntryId next_ = 1;
};

/// Scans to the end.
std::unique_ptr<Recorder> scan(base::Executor& executor, const std::vector<tree::Source>& sources,
                               const tree::FilterRules& rules = {}, const tree::ScanOptions& options = {});
/// The contents of `directory`, on this thread.
std::unique_ptr<Recorder> scan_contents(std::shared_ptr<const fs::Directory> directory,
                                        const tree::FilterRules& rules = {}, const tree::ScanOptions& options = {});

/// Every kind of executor that this build has.
std::vector<std::unique_ptr<base::Executor> (*)()> executors();

}  // namespace g5ksync::test
