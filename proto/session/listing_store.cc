#include "proto/session/listing_store.h"

#include <algorithm>
#include <utility>

#include "proto/codec.h"

namespace g5ksync::proto {
namespace {

constexpr std::size_t kRulesKept = 8;
constexpr std::uint8_t kThisEnd = 1;  // of directories that are like no other: the replica says 2

base::Failure unknown() {
  return base::fail(base::ErrorKind::protocol, "asked for a listing that was never published");
}

}  // namespace

tree::Digest ListingStore::own_digest(std::span<const ListingEntry> entries, bool complete,
                                      const tree::DigestRules& rules) {
  tree::OwnDigest digest(rules);
  for (const ListingEntry& item : entries) digest.add(item.entry, item.owner_name, item.group_name);
  if (!complete) digest.never_equal(kThisEnd);
  return digest.result();
}

void ListingStore::add(DirectoryRecord listing, const tree::Digest& own) {
  Directory& directory = directories_[listing.directory];
  directory.own = own;
  directory.complete = listing.complete;
  DirectoryRecord part = listing;
  part.entries.clear();
  part.last = false;
  std::size_t bound = kDirectoryBound;
  std::uint64_t bundle = listing.bundle;
  std::uint32_t member = listing.first_member;
  for (ListingEntry& entry : listing.entries) {
    const std::size_t size = entry_size_bound(entry);
    if (bound + size > kMaxRecord) {
      append(part, directory);
      part.first_entry += part.entries.size();
      part.bundle = bundle;
      part.first_member = member;
      part.entries.clear();
      bound = kDirectoryBound;
    }
    bound += size;
    member += entry.in_bundle ? 1 : 0;
    if (entry.closes_bundle) {
      ++bundle;
      member = 0;
    }
    part.entries.push_back(std::move(entry));
  }
  part.last = true;
  append(part, directory);
}

void ListingStore::append(const DirectoryRecord& part, Directory& directory) {
  base::Bytes& tail = stream_.tail();
  const std::uint64_t before = stream_.size();
  append_record(part, mask_, tail);
  const std::uint64_t added = stream_.size() - before;
  base::ByteReader in(stream_.at(before, static_cast<std::size_t>(added)));
  (void)in.u8();
  const auto length = static_cast<std::size_t>(in.varint());
  Part place{before + added - length, length, {}};
  for (std::size_t i = 0; i < part.entries.size(); ++i)
    if (part.entries[i].entry.stat.type == fs::FileType::directory)
      place.subdirectories.push_back(part.first_entry + i);
  directory.parts.push_back(std::move(place));
}

void ListingStore::end(const ListedRecord& totals) {
  append_record(BundleEndRecord{}, mask_, stream_.tail());
  append_record(totals, mask_, stream_.tail());
}

// --- digests --------------------------------------------------------------------------------------------------------

tree::Digest ListingStore::own_by(const Directory& directory, const tree::DigestRules& rules) const {
  if (rules == tree::DigestRules{mask_}) return directory.own;
  std::vector<ListingEntry> entries;
  for (const Part& part : directory.parts) {
    auto listing = decode_listing(stream_.at(part.offset, part.length), mask_);
    if (listing) std::ranges::move(listing->entries, std::back_inserter(entries));
  }
  return own_digest(entries, directory.complete, rules);
}

const ListingStore::Digests& ListingStore::digests(const tree::DigestRules& rules) {
  const auto known = std::ranges::find(digests_, rules, [](const auto& kept) { return kept.first; });
  if (known != digests_.end()) return known->second;
  Digests all;
  for (auto listed = directories_.rbegin(); listed != directories_.rend(); ++listed) {  // subdirectories first
    std::vector<tree::Digest> below;
    for (const Part& part : listed->second.parts)
      for (const EntryId id : part.subdirectories) below.push_back(all[id]);
    all[listed->first] = tree::directory_digest(own_by(listed->second, rules), below);
  }
  digests_.emplace_front(rules, std::move(all));
  if (digests_.size() > kRulesKept) digests_.pop_back();
  return digests_.front().second;
}

base::Result<tree::Digest> ListingStore::digest(EntryId directory, const tree::DigestRules& rules) {
  if (!directories_.contains(directory)) return unknown();
  return digests(rules).at(directory);
}

base::Result<base::Bytes> ListingStore::answer(const ListingsRequest& request) {
  const Digests& all = digests({mask_, request.rules.time_unit, request.rules.owner, request.rules.group});
  ListingsAnswer answer;
  base::Bytes sums;
  std::size_t held = 0, skip = request.skip;
  for (const EntryId id : request.directories) {
    const auto found = directories_.find(id);
    if (found == directories_.end() || skip >= found->second.parts.size()) return unknown();
    const std::vector<Part>& parts = found->second.parts;
    for (std::size_t i = std::exchange(skip, 0); i < parts.size() && held < kListingsTarget; ++i) {
      answer.records.push_back(stream_.at(parts[i].offset, parts[i].length));
      for (const EntryId child : parts[i].subdirectories) {
        const tree::Digest& digest = all.at(child);
        sums.insert(sums.end(), digest.begin(), digest.end());
      }
      held += parts[i].length + parts[i].subdirectories.size() * sizeof(tree::Digest);
    }
  }
  answer.data = sums;
  base::Bytes raw = encode_answer_header(answer);
  raw.insert(raw.end(), sums.begin(), sums.end());
  return raw;
}

}  // namespace g5ksync::proto
