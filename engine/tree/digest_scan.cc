#include "engine/tree/digest_scan.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "engine/fs/names.h"

namespace g5ksync::tree {
namespace {

constexpr std::uint8_t kThisEnd = 2;  // the other one says 1

/// Takes listings as the scan finds them, and puts the tree together at its end.
class DigestSink final : public ScanSink {
 public:
  DigestSink(DigestScanOptions options, std::function<void(std::shared_ptr<const DigestTree>)> ready)
      : options_(std::move(options)), ready_(std::move(ready)) {
    if (options_.files) files_ = std::make_unique<FileIndex>();
  }

  void keep_until_done(std::shared_ptr<DigestSink> self) { self_ = std::move(self); }
  void root_holds_temporary_files() { spoilt_root_ = true; }

  EntryId root(std::vector<RootEntry> entries, std::optional<fs::Stat>, bool complete) override {
    Listing listing;
    for (RootEntry& entry : entries) listing.entries.push_back(std::move(entry.entry));
    listing.complete = complete && !spoilt_root_;
    return directory(kRoot, std::move(listing));
  }
  EntryId directory(EntryId id, Listing listing) override;
  void problem(const std::string&, base::Error) override {}  // the comparison will meet it too
  void done() override {
    const auto self = std::move(self_);
    ready_(tree());
  }

 private:
  struct Row {
    Digest own{};
    std::uint64_t entries = 0, files = 0;
    std::vector<std::pair<std::string, EntryId>> subdirectories;
    std::vector<EntrySum> entry_sums;
    bool may_have_temporary = true;
  };
  Row row_of(const Listing& listing) const;
  std::string user(std::uint32_t number) const { return options_.user_name ? options_.user_name(number) : ""; }
  std::string group(std::uint32_t number) const { return options_.group_name ? options_.group_name(number) : ""; }
  std::shared_ptr<const DigestTree> tree();

  const DigestScanOptions options_;
  const std::function<void(std::shared_ptr<const DigestTree>)> ready_;
  std::shared_ptr<DigestSink> self_;
  bool spoilt_root_ = false;
  std::mutex mutex_;
  EntryId next_ = 1;
  std::map<EntryId, Row> rows_;
  std::unique_ptr<FileIndex> files_;
};

DigestSink::Row DigestSink::row_of(const Listing& listing) const {
  Row row;
  OwnDigest digest(options_.rules);
  const bool owners = options_.rules.mask.owner && options_.rules.owner;
  const bool groups = options_.rules.mask.group && options_.rules.group;
  bool like_others = listing.complete;
  row.entry_sums.reserve(listing.entries.size());
  for (const FileEntry& entry : listing.entries) {
    like_others &= !options_.deletes || covered(entry.stat.type, options_.rules.mask);
    digest.add(entry, owners ? user(entry.stat.uid) : "", groups ? group(entry.stat.gid) : "");
    row.entry_sums.push_back(digest.last_entry());
    if (entry.stat.type == fs::FileType::regular) ++row.files;
  }
  for (const std::string& name : listing.temporary) like_others &= fs::run_id_of(name) == options_.own_run_id;
  if (!like_others) digest.never_equal(kThisEnd);
  std::ranges::sort(row.entry_sums);
  row.own = digest.result();
  row.entries = listing.entries.size();
  return row;
}

EntryId DigestSink::directory(EntryId id, Listing listing) {
  Row row = row_of(listing);
  row.may_have_temporary = id == kRoot || !listing.complete || !listing.temporary.empty();
  const std::scoped_lock lock(mutex_);
  const EntryId first = next_;
  next_ += listing.entries.size();
  for (std::size_t i = 0; i < listing.entries.size(); ++i) {
    if (files_) files_->add(id, listing.entries[i]);
    if (listing.entries[i].stat.type == fs::FileType::directory)
      row.subdirectories.emplace_back(std::move(listing.entries[i].name), first + i);
  }
  rows_.emplace(id, std::move(row));
  return first;
}

std::shared_ptr<const DigestTree> DigestSink::tree() {
  std::map<EntryId, std::size_t> places;
  std::vector<DigestNode> nodes(1);
  for (const auto& [id, row] : rows_) places.emplace(id, places.size());
  nodes.resize(std::max<std::size_t>(1, places.size()));
  for (auto listed = rows_.rbegin(); listed != rows_.rend(); ++listed) {  // what is below has larger ids
    Row& row = listed->second;
    const std::size_t here = places.at(listed->first);
    DigestNode& node = nodes[here];
    node.scanned_as = listed->first;
    std::vector<Digest> below;
    bool whole = true;
    node.entries = row.entries;
    node.files = row.files;
    node.entry_sums = std::move(row.entry_sums);
    node.may_have_temporary = row.may_have_temporary;
    for (const auto& [name, id] : row.subdirectories) {
      const auto place = places.find(id);
      whole = whole && place != places.end() && nodes[place->second].digest;
      if (place == places.end()) continue;  // the scan was cut short
      DigestNode& child = nodes[place->second];
      child.name = name;
      child.parent = here;
      node.subdirectories.push_back(place->second);
      node.entries += child.entries;
      node.files += child.files;
      if (child.digest) below.push_back(*child.digest);
    }
    if (whole) node.digest = directory_digest(row.own, below);
  }
  return std::make_shared<const DigestTree>(options_.rules, std::move(nodes), std::move(files_));
}

bool holds_foreign_temporary_files(const fs::Directory& root, const std::string& own_run_id) {
  const auto names = root.names();
  return !names || std::ranges::any_of(*names, [&](const std::string& name) {
    const std::string_view run = fs::run_id_of(name);
    return !run.empty() && run != own_run_id;
  });
}

}  // namespace

bool DigestNode::saw(EntrySum sum) const { return std::ranges::binary_search(entry_sums, sum); }

const DigestNode* DigestTree::find(const DigestNode& parent, std::string_view name) const {
  const auto found = std::ranges::lower_bound(parent.subdirectories, name, {},
                                              [this](std::size_t i) -> std::string_view { return nodes_[i].name; });
  if (found == parent.subdirectories.end() || nodes_[*found].name != name) return nullptr;
  return &nodes_[*found];
}

std::string DigestTree::path(const FileIndex::File& file) const {
  std::string path(files_->name(file));
  const auto found = std::ranges::lower_bound(nodes_, file.directory, {}, &DigestNode::scanned_as);
  for (auto at = static_cast<std::size_t>(found - nodes_.begin()); at != 0; at = nodes_[at].parent)
    path.insert(0, nodes_[at].name + '/');
  return path;
}

std::unique_ptr<Scan> scan_digests(base::Executor& executor, std::shared_ptr<const fs::Directory> root,
                                   const std::vector<std::string>& names, const FilterRules& filter,
                                   DigestScanOptions options,
                                   std::function<void(std::shared_ptr<const DigestTree>)> done) {
  std::vector<Source> sources;
  if (names.empty()) sources.push_back({root, ""});
  for (const std::string& name : names)
    if (const auto there = root->stat(name); there && there->type == fs::FileType::directory)
      sources.push_back({root, name});
  const bool spoilt = names.empty() && holds_foreign_temporary_files(*root, options.own_run_id);
  const auto sink = std::make_shared<DigestSink>(std::move(options), std::move(done));
  if (spoilt) sink->root_holds_temporary_files();
  sink->keep_until_done(sink);
  auto scan = Scan::start(executor, sources, filter, {}, *sink);
  if (scan) return std::move(*scan);
  sink->done();
  return nullptr;
}

}  // namespace g5ksync::tree
