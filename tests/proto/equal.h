// Whether two messages are the same, member by member: written out here so that a member that a codec forgets shows.
#pragma once

#include <algorithm>
#include <tuple>

#include "proto/messages.h"

namespace g5ksync::proto {

inline auto members(const Hello& m) {
  return std::tie(m.oldest_version, m.newest_version, m.capabilities, m.program, m.host_name, m.uid);
}
inline auto members(const Start& m) {
  return std::tie(m.version, m.capabilities, m.role, m.run_id, m.destination, m.mask, m.flags, m.sums, m.threads,
                  m.silence_limit_ms, m.heartbeat_ms, m.time_unit, m.max_delete, m.rules, m.root_names);
}
inline auto members(const Ready& m) {
  return std::tie(m.time_unit, m.log_limit, m.listings_limit, m.answer_window, m.umask, m.made_destination,
                  m.sets_owner, m.sets_group);
}
inline auto members(const Credit& m) { return std::tie(m.which, m.limit); }
inline auto members(const Counters& m) {
  return std::tie(m.entries_compared, m.files_written, m.bytes_written, m.files_skipped, m.directories_made,
                  m.links_made, m.nodes_made, m.attributes_set, m.problems, m.files_wanted, m.bytes_wanted, m.deleted,
                  m.deletions_held, m.unsettable, m.files_copied, m.bytes_copied, m.missing);
}
inline auto members(const Report& m) { return std::tie(m.kind, m.entry, m.error, m.sys_errno, m.text); }
inline auto members(const Finish& m) {
  return std::tuple_cat(members(m.counters), std::tie(m.peak_memory, m.cpu_micros));
}
inline auto members(const Goodbye& m) { return std::tie(m.success, m.error, m.sys_errno, m.text); }

/// What travels of a Stat; the rest is the sender's own.
inline auto members(const fs::Stat& m) { return std::tie(m.type, m.mode, m.uid, m.gid, m.size, m.mtime, m.rdev); }
inline auto members(const BundleEndRecord&) { return std::tuple<>(); }
inline auto members(const EndRecord&) { return std::tuple<>(); }
inline auto members(const VersionRecord& m) { return std::tie(m.entry, m.version, m.size, m.mtime); }
inline auto members(const SumRecord& m) { return std::tie(m.entry, m.version, m.sum); }
inline auto members(const UnreadableRecord& m) { return std::tie(m.entry, m.error, m.sys_errno); }
inline auto members(const ListedRecord& m) { return std::tie(m.entries, m.files, m.bytes, m.errors); }

inline auto members(const BundleMember& m) { return std::tie(m.index, m.served, m.size, m.sum); }
inline auto members(const CannotServe& m) { return std::tie(m.entry, m.version, m.reason); }

template <class T>
bool same(const T& a, const T& b) {
  return members(a) == members(b);
}

inline bool same(const ListingEntry& a, const ListingEntry& b) {
  return a.entry.name == b.entry.name && same(a.entry.stat, b.entry.stat) &&
         a.entry.link_target == b.entry.link_target && a.owner_name == b.owner_name && a.group_name == b.group_name &&
         a.link_group == b.link_group && a.in_bundle == b.in_bundle && a.closes_bundle == b.closes_bundle;
}

inline bool same(const RootRecord& a, const RootRecord& b) {
  const bool both = a.own_attributes.has_value() && b.own_attributes.has_value();
  return a.mask == b.mask && a.sums == b.sums && a.epoch == b.epoch && a.time_unit == b.time_unit &&
         a.own_attributes.has_value() == b.own_attributes.has_value() && a.owner_name == b.owner_name &&
         a.group_name == b.group_name && (!both || same(*a.own_attributes, *b.own_attributes));
}

inline bool same(const DirectoryRecord& a, const DirectoryRecord& b) {
  return a.directory == b.directory && a.first_entry == b.first_entry && a.last == b.last && a.complete == b.complete &&
         a.empty_source == b.empty_source && a.bundle == b.bundle && a.first_member == b.first_member &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const ListingEntry& x, const ListingEntry& y) { return same(x, y); });
}

inline bool same(const BundleAnswer& a, const BundleAnswer& b) {
  return a.bundle == b.bundle && std::ranges::equal(a.data, b.data) &&
         std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                    [](const BundleMember& x, const BundleMember& y) { return same(x, y); });
}

inline bool same(const RangesAnswer& a, const RangesAnswer& b) {
  return a.items == b.items && std::ranges::equal(a.data, b.data);
}
inline bool same(const SignaturesAnswer& a, const SignaturesAnswer& b) {
  return a.items == b.items && std::ranges::equal(a.data, b.data);
}
inline bool same(const SumsAnswer& a, const SumsAnswer& b) {
  return a.items == b.items && a.first_level == b.first_level && std::ranges::equal(a.data, b.data);
}

inline bool same(const DigestAnswer& a, const DigestAnswer& b) {
  return same(a.totals, b.totals) && a.digest == b.digest;
}
inline bool same(const ListingsAnswer& a, const ListingsAnswer& b) {
  return std::ranges::equal(a.records, b.records, [](auto x, auto y) { return std::ranges::equal(x, y); }) &&
         std::ranges::equal(a.data, b.data);
}

inline bool same(const BundleRequest& a, const BundleRequest& b) { return a == b; }
inline bool same(const RangesRequest& a, const RangesRequest& b) { return a == b; }
inline bool same(const SumsRequest& a, const SumsRequest& b) { return a == b; }
inline bool same(const SignaturesRequest& a, const SignaturesRequest& b) { return a == b; }
inline bool same(const DigestRequest& a, const DigestRequest& b) { return a == b; }
inline bool same(const ListingsRequest& a, const ListingsRequest& b) { return a == b; }

template <class... Kinds>
bool same(const std::variant<Kinds...>& a, const std::variant<Kinds...>& b) {
  if (a.index() != b.index()) return false;
  return std::visit([&b]<class Kind>(const Kind& kind) { return same(kind, std::get<Kind>(b)); }, a);
}

}  // namespace g5ksync::proto
