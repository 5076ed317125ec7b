// The parallel scan: walks source trees on an executor, one job a directory, and hands each listing to a sink.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/executor.h"
#include "engine/tree/chmod.h"
#include "engine/tree/entry.h"
#include "engine/tree/filter.h"

namespace g5ksync::tree {

/// A place that the user named. With a name: `directory` holds it, and it arrives by that name. Without: the entries
/// of `directory` arrive, and its own attributes are the root's.
struct Source {
  std::shared_ptr<const fs::Directory> directory;
  std::string name;
};

/// Where an entry of the root comes from: its index in the list of sources.
struct RootEntry {
  FileEntry entry;
  std::size_t source = 0;
};

class ScanSink {
 public:
  virtual ~ScanSink() = default;
  /// The root's listing, first of all calls. Gives the id of its first entry.
  virtual EntryId root(std::vector<RootEntry> entries, std::optional<fs::Stat> own_attributes, bool complete) = 0;
  /// The listing of directory `id`. The call for its parent has returned. Gives the id of the listing's first entry.
  /// Calls come from many threads at once.
  virtual EntryId directory(EntryId id, Listing listing) = 0;
  /// Something could not be read; the scan goes on. `path` is relative to the root. Many threads at once.
  virtual void problem(const std::string& path, base::Error error) = 0;
  /// All listings have been given.
  virtual void done() = 0;
};

struct ScanOptions {
  int max_depth = 4096;          // a deeper directory is a problem, not a crash
  bool one_file_system = false;  // -x
  ModeChanges modes;             // --chmod: made to what is listed
};

/// Starts the scan and returns; the sink gets done() last, on any thread. `sources`, `rules` and `sink` must outlive
/// that. Fails at once (and calls nothing) if two sources bring the same name or a source does not exist.
/// cancel() lets the scan end early: done() still comes.
class Scan {
 public:
  static base::Result<std::unique_ptr<Scan>> start(base::Executor& executor, const std::vector<Source>& sources,
                                                   const FilterRules& rules, const ScanOptions& options,
                                                   ScanSink& sink);
  virtual ~Scan() = default;
  virtual void cancel() = 0;
};

}  // namespace g5ksync::tree
