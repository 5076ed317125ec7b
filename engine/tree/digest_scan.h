// The digests of a whole tree on disk, by one parallel scan.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/executor.h"
#include "engine/tree/digest.h"
#include "engine/tree/file_index.h"
#include "engine/tree/scan.h"

namespace g5ksync::tree {

struct DigestNode {
  std::string name;
  std::optional<Digest> digest;             // none: the scan was cut short, or could not begin
  std::uint64_t entries = 0, files = 0;     // of everything below
  std::vector<std::size_t> subdirectories;  // indices of nodes, in byte order of their names
  std::size_t parent = 0;                   // index; the root's is its own
  EntryId scanned_as = kRoot;               // rises from node to node
  std::vector<EntrySum> entry_sums;         // of its entries, sorted
  bool may_have_temporary = true;           // files with names of the project's temporary files may be in it

  /// Whether an entry with this sum was there when the scan passed.
  bool saw(EntrySum sum) const;
};

/// Immutable. The first node is the root; there always is one.
class DigestTree {
 public:
  explicit DigestTree(const DigestRules& rules, std::vector<DigestNode> nodes = std::vector<DigestNode>(1),
                      std::unique_ptr<const FileIndex> files = nullptr)
      : rules_(rules), nodes_(std::move(nodes)), files_(std::move(files)) {}
  /// By which all of it was summed.
  const DigestRules& rules() const { return rules_; }
  const DigestNode& root() const { return nodes_.front(); }
  /// Null where there is no such directory.
  const DigestNode* find(const DigestNode& parent, std::string_view name) const;
  /// Null where it was not asked for.
  const FileIndex* files() const { return files_.get(); }
  /// Of a file in that index, from the root on.
  std::string path(const FileIndex::File& file) const;

 private:
  const DigestRules rules_;
  std::vector<DigestNode> nodes_;
  std::unique_ptr<const FileIndex> files_;
};

struct DigestScanOptions {
  DigestRules rules;
  /// Names of accounts by number; an empty result, or no function, means that the number counts.
  std::function<std::string(std::uint32_t)> user_name, group_name;
  std::string own_run_id;  // temporary files of this run do not count
  bool deletes = false;    // what the mask leaves out may have to go, and wants a look
  bool files = false;      // an index of them is wanted too
};

/// Starts the scan of `root`, or, where `names` are given, of these subdirectories of it only (those that are missing
/// or no directories are passed over). `filter` must outlive it. `done` is called once, on any thread; at once where
/// the root cannot be read. The scan that is given (null: it is over) may be cancelled; `done` still comes.
std::unique_ptr<Scan> scan_digests(base::Executor& executor, std::shared_ptr<const fs::Directory> root,
                                   const std::vector<std::string>& names, const FilterRules& filter,
                                   DigestScanOptions options,
                                   std::function<void(std::shared_ptr<const DigestTree>)> done);

}  // namespace g5ksync::tree
