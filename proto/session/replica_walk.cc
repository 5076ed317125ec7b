// The replica's session where it has much of the tree already: listings are asked for of directories whose digests
// differ, level by level.
#include "proto/session/replica_walk.h"

#include <algorithm>

#include "proto/session/open_answer.h"

namespace g5ksync::proto {
namespace {

constexpr std::uint64_t kDigestRoom = 4096;

base::Failure broken(const char* what) { return base::fail(base::ErrorKind::protocol, what); }

}  // namespace

void ReplicaSession::begin_walk() {
  walk_ = std::make_unique<Walk>();
  const bool owner_counts = sets_owner_ || !start_->mask.owner;  // rules that most hosts share are kept ready there
  const bool group_counts = true;                                // who is not root can set some groups
  walk_->rules = {time_unit_, owner_counts, group_counts};
  jobs_.push_back(DigestJob{{start_->mask, time_unit_, owner_counts, group_counts}});
  turns_.push_back(DigestTurn{});
  schedule();
}

// --- asking ---------------------------------------------------------------------------------------------------------

ReplicaSession::Asked ReplicaSession::request(const DigestTurn&) {
  if (reserved_ + kDigestRoom > window_) return Asked::no_room;
  send_request(walk_->rules, {}, kDigestRoom);
  return Asked::all;
}

ReplicaSession::Asked ReplicaSession::request(const ListingsTurn& turn) {
  if (reserved_ + kMaxListings > window_) return Asked::no_room;
  send_request(turn.request, {}, kMaxListings);
  return Asked::all;
}

void ReplicaSession::ask_for_listings(std::vector<EntryId> directories, std::uint32_t skip) {
  std::ranges::sort(directories);
  for (std::size_t first = 0; first < directories.size(); first += kDirectoriesAsked) {
    const auto begin = directories.begin() + static_cast<std::ptrdiff_t>(first);
    const std::size_t count = std::min(kDirectoriesAsked, directories.size() - first);
    std::vector<EntryId> some(begin, begin + static_cast<std::ptrdiff_t>(count));
    turns_.push_back(ListingsTurn{{walk_->rules, std::exchange(skip, 0), std::move(some)}});
    ++walk_->listings_asked;
  }
}

// --- answers --------------------------------------------------------------------------------------------------------

base::Result<void> ReplicaSession::on_digest_answer(std::uint32_t number) {
  G5K_ASSIGN(const auto opened, open_answer<DigestAnswer>(outstanding_.at(number).answer, unpacker_));
  walk_->root = opened.answer;
  on_totals(opened.answer.totals);
  release(number);
  walk_on();
  return {};
}

base::Result<void> ReplicaSession::on_listings_answer(std::uint32_t number) {
  G5K_ASSIGN(const auto opened, open_answer<ListingsAnswer>(outstanding_.at(number).answer, unpacker_));
  const auto request = std::get<ListingsRequest>(outstanding_.at(number).request);
  release(number);
  --walk_->listings_asked;
  G5K_TRY(walk_into(request, opened.answer));
  walk_on();
  return {};
}

base::Result<void> ReplicaSession::walk_into(const ListingsRequest& request, const ListingsAnswer& answer) {
  if (answer.records.empty()) return broken("an answer without any listing");
  base::ByteReader digests(answer.data);
  auto directory = request.directories.begin();
  std::uint32_t parts = request.skip;  // of that directory that are here
  for (const base::ByteView body : answer.records) {
    G5K_ASSIGN(DirectoryRecord record, decode_listing(body, start_->mask));
    if (directory == request.directories.end() || record.directory != *directory)
      return broken("a listing of another directory than was asked for");
    G5K_ASSIGN(const auto part, take_listing(std::move(record)));
    for (std::size_t i = 0; i < part->entries.size(); ++i) {
      if (part->entries[i].entry.stat.type != fs::FileType::directory) continue;
      const base::ByteView bytes = digests.raw(sizeof(tree::Digest));
      if (!digests.ok()) return broken("a subdirectory without a digest");
      tree::Digest& there = walk_->directories[part->first_entry + i].there.emplace();
      std::ranges::copy(bytes, there.begin());
    }
    ++parts;
    if (part->last) {
      ++directory;
      parts = 0;
    }
    compare(part);
  }
  if (!digests.at_end()) return broken("digests of no directory");
  if (directory != request.directories.end())
    ask_for_listings(std::vector<EntryId>(directory, request.directories.end()), parts);
  return {};
}

// --- down the tree --------------------------------------------------------------------------------------------------

void ReplicaSession::on_done(DigestDone done) {
  if (walk_)
    walk_->tree = std::move(done.tree);
  else
    allow_comparing(tree::kRoot);
}

/// What is known of it here before it is compared.
Scanned ReplicaSession::scanned_in(EntryId directory) const {
  if (!walk_ || !walk_->tree) return {};
  const auto known = walk_->directories.find(directory);
  return {walk_->tree, known != walk_->directories.end() ? known->second.here : nullptr};
}

/// A listing was compared: on to those of its subdirectories that differ.
void ReplicaSession::descend(const ListingPart& part) {
  const auto parent = walk_->directories.find(part.directory);
  const tree::DigestNode* here = parent != walk_->directories.end() ? parent->second.here : nullptr;
  for (std::size_t i = 0; i < part.entries.size(); ++i) {
    const tree::FileEntry& entry = part.entries[i].entry;
    if (entry.stat.type != fs::FileType::directory) continue;
    const EntryId id = part.first_entry + i;
    Walk::Directory& directory = walk_->directories.at(id);
    directory.here = here ? walk_->tree->find(*here, entry.name) : nullptr;
    if (directory.here && directory.here->digest == directory.there) {
      counters_.entries_compared += directory.here->entries;
      counters_.files_skipped += directory.here->files;
      walk_->directories.erase(id);
      comparable_.erase(id);
    } else {
      walk_->next.push_back(id);
    }
  }
  if (part.last && part.directory != tree::kRoot) walk_->directories.erase(part.directory);
}

/// Goes one level down when all of this one is compared, and ends the walk where there is none.
void ReplicaSession::walk_on() {
  Walk& walk = *walk_;
  if (!rooted_ || !walk.tree || !walk.root || listed_) return;
  if (!std::exchange(walk.begun, true)) {
    if (root_contents_ && walk.tree->root().digest == walk.root->digest) {
      counters_.entries_compared += walk.root->totals.entries;
      counters_.files_skipped += walk.root->totals.files;
      unlisted_.clear();
    } else {
      walk.directories[tree::kRoot].here = &walk.tree->root();
      walk.next.push_back(tree::kRoot);
    }
  }
  if (walk.listings_asked > 0 || uncompared_ > 0 || !early_.empty()) return;
  const bool over = walk.next.empty();
  if (over || wanted_.size() > kEntriesInHand)
    for (auto& [number, bundle] : bundles_)
      if (!bundle.wanted.empty() && !std::exchange(bundle.closed, true)) turns_.push_back(BundleTurn{number});
  if (over) {
    listed_ = true;
  } else if (wanted_.size() <= kEntriesInHand) {
    for (const EntryId id : walk.next) unlisted_.try_emplace(id);
    ask_for_listings(std::exchange(walk.next, {}), 0);
  }
  drive_deltas();
  schedule();
  finish_if_done();
}

}  // namespace g5ksync::proto
