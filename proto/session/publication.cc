#include "proto/session/publication.h"

#include <algorithm>

namespace g5ksync::proto {
namespace {

constexpr Version kMostVersions = 3;
constexpr std::size_t kToldTogether = 256;  // entries of the scan: each call wakes the threads of all hosts

bool travels_in_bundle(const tree::FileEntry& entry) {
  return entry.stat.type == fs::FileType::regular && entry.stat.size > 0 && entry.stat.size < kSmallFile;
}

}  // namespace

bool Content::matches(const fs::Stat& now) const {
  return now.type == fs::FileType::regular && now.size == size && now.ino == ino && now.mtime == mtime &&
         now.ctime == ctime;
}

Publication::Publication(tree::AttributeMask mask, std::uint64_t time_unit, std::function<void()> on_growth,
                         std::function<void(const std::string&, const base::Error&)> on_problem)
    : mask_(mask),
      time_unit_(time_unit),
      describer_(mask),
      on_growth_(std::move(on_growth)),
      on_problem_(std::move(on_problem)),
      bundles_(1),
      listings_(mask) {}

// --- the scan's side ------------------------------------------------------------------------------------------------

EntryId Publication::root(std::vector<tree::RootEntry> entries, std::optional<fs::Stat> own_attributes, bool complete) {
  std::vector<tree::FileEntry> plain;
  std::vector<std::size_t> sources;
  for (tree::RootEntry& entry : entries) {
    plain.push_back(std::move(entry.entry));
    sources.push_back(entry.source);
  }
  RootRecord record{mask_, SumAlgorithm::xxh3_128, 0, time_unit_, own_attributes, {}, {}};
  describer_.describe(record);
  {
    const std::scoped_lock lock(mutex_);
    append(record);
  }
  const bool empty_source = own_attributes && plain.empty();
  return enter(tree::kRoot, std::move(plain), {complete, empty_source}, &sources);
}

EntryId Publication::directory(EntryId id, tree::Listing listing) {
  return enter(id, std::move(listing.entries), {listing.complete, listing.empty_source}, nullptr);
}

EntryId Publication::enter(EntryId directory, std::vector<tree::FileEntry> entries, ListingKind kind,
                           const std::vector<std::size_t>* sources) {
  std::vector<ListingEntry> listing;
  listing.reserve(entries.size());
  for (tree::FileEntry& entry : entries) listing.push_back(describer_.describe(std::move(entry)));
  const tree::Digest own = listings_.own_digest(listing, kind.complete, {mask_});
  EntryId first = 0;
  bool tell = directory == tree::kRoot;
  {
    const std::scoped_lock lock(mutex_);
    first = rows_.size() + 1;
    untold_ += 1 + listing.size();
    tell = tell || untold_ >= kToldTogether;
    if (tell) untold_ = 0;
    const std::uint64_t bundle = bundles_.size() - 1;
    const auto member = static_cast<std::uint32_t>(bundles_.back().size());
    for (std::size_t i = 0; i < listing.size(); ++i) {
      add_row(directory, listing[i].entry, sources ? (*sources)[i] : 0);
      place_in_bundle(first + i, listing[i]);
    }
    listings_.add({directory, first, bundle, member, true, kind.complete, kind.empty_source && !empty_allowed_,
                   std::move(listing)},
                  own);
  }
  if (tell) on_growth_();
  return first;
}

void Publication::add_row(EntryId directory, const tree::FileEntry& entry, std::size_t source) {
  Row& row = rows_.emplace_back();
  row.parent = directory;
  row.name_at = names_.size();
  row.name_length = static_cast<std::uint16_t>(entry.name.size());
  names_ += entry.name;
  row.type = entry.stat.type;
  row.size = entry.stat.size;
  row.ino = entry.stat.ino;
  row.mtime = entry.stat.mtime;
  row.ctime = entry.stat.ctime;
  row.source = static_cast<std::uint16_t>(source);
  ++totals_.entries;
  if (row.type != fs::FileType::regular) return;
  ++totals_.files;
  totals_.bytes += row.size;
}

void Publication::place_in_bundle(EntryId id, ListingEntry& entry) {
  entry.in_bundle = travels_in_bundle(entry.entry);
  if (!entry.in_bundle) return;
  bundles_.back().push_back(id);
  open_bundle_bytes_ += entry.entry.stat.size;
  if (open_bundle_bytes_ < kBundleTarget && bundles_.back().size() < kBundleMembers) return;
  entry.closes_bundle = true;
  bundles_.emplace_back();
  open_bundle_bytes_ = 0;
}

void Publication::problem(const std::string& path, base::Error error) {
  if (error.kind != base::ErrorKind::not_found) {  // what has vanished is no longer there to be deleted for
    const std::scoped_lock lock(mutex_);
    ++errors_;
  }
  on_problem_(path, error);
}

void Publication::done() {
  {
    const std::scoped_lock lock(mutex_);
    listings_.end({totals_.entries, totals_.files, totals_.bytes, errors_});
    totals_.listed = true;
  }
  on_growth_();
}

// --- the encoders' side ---------------------------------------------------------------------------------------------

const Publication::Row* Publication::row(EntryId entry) const {
  return entry >= 1 && entry <= rows_.size() ? &rows_[entry - 1] : nullptr;
}

Content Publication::content_of(EntryId entry, const Row& row) const {
  Content content;
  content.entry = entry;
  content.path = path_locked(entry);
  content.version = row.version;
  content.size = row.size;
  content.ino = row.ino;
  content.mtime = row.mtime;
  content.ctime = row.ctime;
  EntryId top = entry;
  while (rows_[top - 1].parent != tree::kRoot) top = rows_[top - 1].parent;
  content.source = rows_[top - 1].source;
  return content;
}

base::Result<Content> Publication::find(EntryId entry, Version version) const {
  const std::scoped_lock lock(mutex_);
  const Row* found = row(entry);
  if (!found || found->type != fs::FileType::regular || version == 0 || version > found->version)
    return base::fail(base::ErrorKind::protocol, "asked for content that was never published");
  if (version < found->version || found->given_up) return base::fail(base::ErrorKind::changed, "an older version");
  return content_of(entry, *found);
}

base::Result<std::vector<Member>> Publication::members(const BundleRequest& request) const {
  const std::scoped_lock lock(mutex_);
  if (request.bundle >= bundles_.size() || request.members.size() > bundles_[request.bundle].size())
    return base::fail(base::ErrorKind::protocol, "asked for a bundle that was never published");
  const std::vector<EntryId>& all = bundles_[request.bundle];
  std::vector<Member> members;
  for (std::uint32_t index = 0; index < request.members.size(); ++index) {
    if (!request.members[index]) continue;
    const Row& member = rows_[all[index] - 1];
    members.push_back({index, content_of(all[index], member), member.given_up});
  }
  return members;
}

void Publication::revise(const Content& seen, const fs::Stat& now) {
  bool gone = false;
  {
    const std::scoped_lock lock(mutex_);
    Row& changed = rows_[seen.entry - 1];
    if (changed.version != seen.version || changed.given_up) return;  // another reader saw it first
    gone = seen.version >= kMostVersions || now.type != fs::FileType::regular;
    if (!gone) {
      ++changed.version;
      changed.size = now.size;
      changed.ino = now.ino;
      changed.mtime = now.mtime;
      changed.ctime = now.ctime;
      append(VersionRecord{seen.entry, changed.version, now.size, now.mtime});
    }
  }
  if (gone)
    give_up(seen, base::Error{base::ErrorKind::changed, 0, "the file kept changing while it was read"});
  else
    on_growth_();
}

void Publication::give_up(const Content& seen, const base::Error& error) {
  {
    const std::scoped_lock lock(mutex_);
    Row& lost = rows_[seen.entry - 1];
    if (lost.given_up) return;
    lost.given_up = true;
    append(UnreadableRecord{seen.entry, error.kind, static_cast<std::uint32_t>(error.sys_errno)});
  }
  on_problem_(seen.path, error);
  on_growth_();
}

void Publication::publish_sum(const Content& content, const Sum& sum) {
  {
    const std::scoped_lock lock(mutex_);
    append(SumRecord{content.entry, content.version, sum});
  }
  on_growth_();
}

// --- listings asked for ---------------------------------------------------------------------------------------------

base::Result<base::Bytes> Publication::answer(const DigestRequest& request) {
  const std::scoped_lock lock(mutex_);
  DigestAnswer answer{{totals_.entries, totals_.files, totals_.bytes, errors_}, {}};
  G5K_ASSIGN(answer.digest, listings_.digest(tree::kRoot, {mask_, request.time_unit, request.owner, request.group}));
  return encode_answer_header(answer);
}

base::Result<base::Bytes> Publication::answer(const ListingsRequest& request) {
  const std::scoped_lock lock(mutex_);
  return listings_.answer(request);
}

// --- the sessions' side ---------------------------------------------------------------------------------------------

void Publication::append(const LogRecord& record) { append_record(record, mask_, log_.tail()); }

std::shared_ptr<const LogFrame> Publication::log_frame(std::uint64_t offset, std::uint64_t limit, bool flush) {
  const std::scoped_lock lock(mutex_);
  return log_.frame_at(offset, limit, flush);
}

std::shared_ptr<const LogFrame> Publication::listings_frame(std::uint64_t offset, std::uint64_t limit, bool flush) {
  const std::scoped_lock lock(mutex_);
  return listings_.stream().frame_at(offset, limit, flush);
}

std::string Publication::path_locked(EntryId entry) const {
  if (!row(entry)) return ".";
  std::vector<std::string_view> parts;
  for (EntryId at = entry; at != tree::kRoot; at = rows_[at - 1].parent)
    parts.push_back(std::string_view(names_).substr(rows_[at - 1].name_at, rows_[at - 1].name_length));
  std::string path;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!path.empty()) path += '/';
    path += *part;
  }
  return path;
}

std::string Publication::path_of(EntryId entry) const {
  const std::scoped_lock lock(mutex_);
  return path_locked(entry);
}

Totals Publication::totals() const {
  const std::scoped_lock lock(mutex_);
  Totals totals = totals_;
  totals.log_raw = log_.size() + listings_.stream().size();
  totals.log_packed = log_.packed() + listings_.stream().packed();
  return totals;
}

}  // namespace g5ksync::proto
