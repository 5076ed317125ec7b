// One step of the scan: names into entries.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>

#include "engine/tree/entry.h"
#include "engine/tree/filter.h"

namespace g5ksync::tree {

/// Reads entries of the directory at `path` (relative to the root; empty for the root). Refers to its arguments.
struct Reader {
  const std::string& path;
  const FilterRules& rules;
  const std::atomic<bool>& cancelled;
  std::function<void(const std::string& path, base::Error error)> problem;

  /// The entries behind `names`, in their order, without those that are excluded, that have vanished since, and the
  /// project's own temporary names. What cannot be read is a problem and makes the listing incomplete; so does
  /// cancelling.
  Listing read(const fs::Directory& directory, std::span<std::string> names) const;
};

}  // namespace g5ksync::tree
