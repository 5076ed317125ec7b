// The first step of the scan: what the user named becomes the root's listing.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "engine/tree/scan.h"

namespace g5ksync::tree {

struct RootListing {
  std::vector<RootEntry> entries;          // in byte order of their names
  std::optional<fs::Stat> own_attributes;  // of the first source whose contents were asked for
  bool complete = true;
  std::vector<std::uint64_t> devices;  // of each source: where -x stays
  std::vector<std::pair<std::string, base::Error>> problems;
};

/// Fails if a source does not exist or two bring the same name.
base::Result<RootListing> list_root(const std::vector<Source>& sources, const FilterRules& rules);

}  // namespace g5ksync::tree
