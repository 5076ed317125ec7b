// The messages of the conversation, as values. proto/codec.h turns them into bytes and back; docs/protocol.md is the
// specification. Every cap stated here is checked by the decoders before anything is allocated.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/tree/digest.h"
#include "engine/tree/entry.h"
#include "engine/tree/filter.h"
#include "engine/tree/quick_check.h"

namespace g5ksync::proto {

using tree::EntryId;
using Version = std::uint32_t;  // of an entry's content: 1 as scanned; + 1 each time the source finds it changed

inline constexpr std::uint16_t kOldestVersion = 1, kNewestVersion = 1;
inline constexpr std::uint64_t kSmallFile = std::uint64_t{256} << 10;    // smaller files travel in bundles
inline constexpr std::uint64_t kBundleTarget = std::uint64_t{1} << 20;   // a bundle closes when it holds this much
inline constexpr std::uint32_t kBundleMembers = 4096;                    // … or so many files
inline constexpr std::uint64_t kFilePiece = std::uint64_t{4} << 20;      // a large file travels whole in these
inline constexpr std::size_t kMaxItems = 4096;                           // files of one request
inline constexpr std::size_t kMaxRanges = 16384;                         // ranges of one request, over all its items
inline constexpr std::uint64_t kMaxRangeBytes = std::uint64_t{4} << 20;  // … and their bytes
inline constexpr std::uint64_t kMaxSignatureBytes = std::uint64_t{4} << 20;  // signatures that one request asks for
inline constexpr std::uint64_t kMaxAnswerRaw = std::uint64_t{5} << 20;       // of an unpacked answer
inline constexpr std::uint64_t kMaxLogFrameRaw = std::uint64_t{1} << 20;     // of an unpacked log frame
inline constexpr std::size_t kMaxRuleBytes = std::size_t{48} << 10;          // of all filter rules in Start
inline constexpr std::uint64_t kMaxRecord = std::uint64_t{256} << 10;        // one log record; long listings are split
inline constexpr std::uint64_t kListingsTarget = std::uint64_t{1} << 20;  // an answer of listings ends when it holds it
inline constexpr std::uint64_t kMaxListings = std::uint64_t{2} << 20;     // … and never holds more
inline constexpr std::size_t kDirectoriesAsked = 1024;                    // of one request of listings
inline constexpr std::size_t kMostRootNames = 32;                         // of Start

// --- set-up ---------------------------------------------------------------------------------------------------------

namespace capability {
inline constexpr std::uint64_t bundles = 1, ranges = 2, zstd = 4, xxh3 = 8, sha256 = 16, delta = 32, digests = 64;
inline constexpr std::uint64_t all_here = bundles | ranges | zstd | xxh3 | delta | digests;
}  // namespace capability

/// Agent → origin, first frame. The payload begins with the 8 bytes "g5ksync\n".
struct Hello {
  std::uint16_t oldest_version = kOldestVersion, newest_version = kNewestVersion;
  std::uint64_t capabilities = capability::all_here;
  std::string program;    // "0.1.0", for people
  std::string host_name;  // the host's own name for itself
  std::uint32_t uid = 0;
};

enum class Role : std::uint8_t { replica = 1, source = 2, relay = 3 };
enum class SumAlgorithm : std::uint8_t { none = 0, xxh3_128 = 1, sha256 = 2 };

namespace run_flag {
inline constexpr std::uint32_t dry_run = 1, itemize = 2, durable = 4;
// Which content is fetched: of every file (-I), or of those of another size only (--size-only, which wins).
inline constexpr std::uint32_t ignore_times = 8, size_only = 16;
// Entries that are passed over: files that are newer here (-u), what is not there yet (--existing), what is there
// already (--ignore-existing).
inline constexpr std::uint32_t update = 32, existing = 64, ignore_existing = 128;
// What is not in the log goes at the end, of it also what the source's filter rules leave out (delete_excluded).
inline constexpr std::uint32_t delete_extra = 256, delete_excluded = 512;
// A directory with something in it makes way for a file of its name, also without delete_extra.
inline constexpr std::uint32_t force = 1024;
// Zeros become holes; names of one file stay names of one file.
inline constexpr std::uint32_t sparse = 2048, hard_links = 4096;
inline constexpr std::uint32_t all_listings = 8192;   // digests are of no use to this run: every listing is wanted
inline constexpr std::uint32_t numeric_ids = 16384;   // owners and groups count by their numbers
inline constexpr std::uint32_t detect_moves = 32768;  // content that is there under another name is copied there
// Files of the same size are fetched where their sums differ, whatever their times; wins over ignore_times, size_only.
inline constexpr std::uint32_t checksum = 65536;
inline constexpr std::uint32_t all = 131071;
}  // namespace run_flag

/// Origin → agent: what this run is.
struct Start {
  std::uint16_t version = kNewestVersion;
  std::uint64_t capabilities = 0;  // those that both ends have: the ones in use
  Role role = Role::replica;
  std::string run_id;       // 16 lower-case hex digits
  std::string destination;  // a path; relative to the home where not absolute; empty: the home itself
  tree::AttributeMask mask;
  std::uint32_t flags = 0;  // run_flag
  SumAlgorithm sums = SumAlgorithm::xxh3_128;
  std::uint32_t threads = 0;            // 0: the agent decides
  std::uint32_t silence_limit_ms = 0;   // the agent ends when it has received nothing for so long
  std::uint32_t heartbeat_ms = 0;       // how often each end says something
  std::uint64_t time_unit = 1;          // of the origin's file times, in nanoseconds
  std::uint64_t max_delete = 0;         // more deletions than this - 1 are none at all; 0: no limit
  std::vector<tree::FilterText> rules;  // what they leave out is not deleted
  /// What arrives by name in the destination, which is not the run's own then; none: the destination is to be like
  /// the source.
  std::vector<std::string> root_names;

  bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
};

/// Agent → origin: the destination is open, or why not.
struct Ready {
  std::uint64_t time_unit = 1;       // of the destination's file times, in nanoseconds
  std::uint64_t log_limit = 0;       // credit for the log: see Credit
  std::uint64_t listings_limit = 0;  // credit for the stream of all listings; 0: they are asked for one by one
  std::uint64_t answer_window = 0;   // bytes of unpacked answers that the agent may have asked for at once
  std::uint32_t umask = 022;
  bool made_destination = false;
  bool sets_owner = false, sets_group = false;  // whether it may give files to any user, to any group
};

// --- control --------------------------------------------------------------------------------------------------------

enum class CreditClass : std::uint8_t { log = 1, requests = 2, listings = 3 };

/// Receiver of a class → its sender. `limit` only grows. log, listings: bytes whose offset is below it may be sent.
/// requests: so many requests may be sent in all. Answers need none: a request reserves room for its own.
struct Credit {
  CreditClass which = CreditClass::log;
  std::uint64_t limit = 0;
};

/// Agent → origin, every heartbeat_ms and with Finish.
struct Counters {
  std::uint64_t entries_compared = 0;  // log entries looked at
  std::uint64_t files_written = 0, bytes_written = 0;
  std::uint64_t files_skipped = 0;  // up to date by the quick check
  std::uint64_t directories_made = 0, links_made = 0, nodes_made = 0;
  std::uint64_t attributes_set = 0;                  // entries whose content stayed and whose attributes changed
  std::uint64_t problems = 0;                        // entries that could not be brought up to date
  std::uint64_t files_wanted = 0, bytes_wanted = 0;  // found to need content so far
  std::uint64_t deleted = 0;                         // entries, each file of a directory counted
  std::uint64_t deletions_held = 0;                  // entries that should go and were kept by a guard
  std::uint64_t unsettable = 0;                      // attributes that this host's user may not set
  std::uint64_t files_copied = 0, bytes_copied = 0;  // of those written: copies of what was there under other names
  std::uint64_t missing = 0;  // of the entries that were made, or are to be: nothing of that name was there

  Counters& operator+=(const Counters& more);
};

enum class ReportKind : std::uint8_t { problem = 1, change = 2, notice = 3, deletion = 4 };

/// Agent → origin: something about one entry (or, with entry kRoot, about the destination).
struct Report {
  ReportKind kind = ReportKind::problem;
  EntryId entry = tree::kRoot;
  base::ErrorKind error = base::ErrorKind::io;  // problems
  std::uint32_t sys_errno = 0;                  // problems
  /// problem: what was tried; change: rsync's 11 characters, then a link's target; notice: what to know; deletion: the
  /// path of what was deleted, from the directory `entry` on, with a slash behind a directory.
  std::string text;
};

/// Agent → origin: everything that the log asked for is in place, but for the problems reported.
struct Finish {
  Counters counters;
  std::uint64_t peak_memory = 0;  // bytes, of the agent
  std::uint64_t cpu_micros = 0;   // of the agent, user and system
};

/// Either way: the conversation is over. From the agent: a failure that ends it. From the origin: thanks, or a reason
/// to stop and clean up.
struct Goodbye {
  bool success = true;
  base::ErrorKind error = base::ErrorKind::io;
  std::uint32_t sys_errno = 0;
  std::string text;
};

// --- log records ----------------------------------------------------------------------------------------------------

/// The first record: what the entries carry.
struct RootRecord {
  tree::AttributeMask mask;
  SumAlgorithm sums = SumAlgorithm::xxh3_128;
  std::uint16_t epoch = 0;
  std::uint64_t time_unit = 1;             // nanoseconds
  std::optional<fs::Stat> own_attributes;  // the root's own, where the source's contents were asked for
  std::string owner_name, group_name;      // of those; empty: by number
};

/// A part of a directory's listing. Its entries have the ids first_entry, first_entry + 1, …; names in byte order,
/// also across the parts. An entry carries size, mode and mtime, and owner and group as the mask says; `in_bundle` is
/// set for the regular files of 1 to kSmallFile - 1 bytes: they are members of a bundle in this order, from member
/// `first_member` of `bundle` on, and where `closes_bundle` is set the next bundle begins after that file.
struct ListingEntry {
  tree::FileEntry entry;
  std::string owner_name, group_name;  // empty: by number
  std::uint64_t link_group = 0;        // hard links: 0 for none
  EntryId link_leader = 0;             // a replica's own: the first entry of the group, where this is another
  bool in_bundle = false, closes_bundle = false;
};
struct DirectoryRecord {
  EntryId directory = tree::kRoot;
  EntryId first_entry = 1;
  std::uint64_t bundle = 0;
  std::uint32_t first_member = 0;
  bool last = true;           // the last part of this listing
  bool complete = true;       // in the last part: nothing of the directory was unreadable, or left out by -x
  bool empty_source = false;  // the user named it, and there is nothing in it: nothing is deleted in it
  std::vector<ListingEntry> entries;
};

/// The open bundle closes as it is (if it has members).
struct BundleEndRecord {};

/// A file has changed: from now on (version) has this size and time, and travels in ranges.
struct VersionRecord {
  EntryId entry = 0;
  Version version = 1;
  std::uint64_t size = 0;
  fs::FileTime mtime;
};

struct Sum {
  SumAlgorithm algorithm = SumAlgorithm::xxh3_128;
  std::array<std::byte, 32> bytes{};  // 16 used by xxh3_128 (canonical big-endian), 32 by sha256
  static Sum xxh3(const std::array<std::byte, 16>& canonical) {
    Sum sum;
    std::copy(canonical.begin(), canonical.end(), sum.bytes.begin());
    return sum;
  }
  friend bool operator==(const Sum&, const Sum&) = default;
};

/// The sum of a file that travels whole in pieces (RangesItem), when the source has read them all.
struct SumRecord {
  EntryId entry = 0;
  Version version = 1;
  Sum sum;
};

/// The source could not read something: an entry that will not come.
struct UnreadableRecord {
  EntryId entry = 0;
  base::ErrorKind error = base::ErrorKind::io;
  std::uint32_t sys_errno = 0;
};

/// All listings have been written (bundles are closed; versions, sums and unreadable records may still follow).
struct ListedRecord {
  std::uint64_t entries = 0, files = 0, bytes = 0;
  std::uint64_t errors = 0;  // things that could not be read, not counting what had vanished: nothing is deleted
};

/// Nothing follows.
struct EndRecord {};

/// In the log: Root, Version, Sum, Unreadable, End. In the stream of listings: Directory, BundleEnd, Listed.
using LogRecord = std::variant<RootRecord, DirectoryRecord, BundleEndRecord, VersionRecord, SumRecord, UnreadableRecord,
                               ListedRecord, EndRecord>;

// --- requests and answers -------------------------------------------------------------------------------------------

// What a request with items says about an item, it says about one published content: (entry, version). Items are in
// the order of their entries, each entry at most once, 1 to kMaxItems of them. So one set has one encoding.

/// `length` bytes, or blocks, from `offset` on. In an item: 1 or more of them, sorted, none empty, and a gap between
/// any two (what touches is one range).
struct Range {
  std::uint64_t offset = 0, length = 0;
  friend auto operator<=>(const Range&, const Range&) = default;
};

/// Members of a bundle: bit i of `members` (least significant bit of byte i / 8 first) asks for the i-th.
struct BundleRequest {
  std::uint64_t bundle = 0;  // bundles are numbered from 0
  std::vector<bool> members;
  friend bool operator==(const BundleRequest&, const BundleRequest&) = default;
};
/// Bytes of a file, inside it. An item of a single range that starts at a multiple of kFilePiece, and has kFilePiece
/// bytes or ends where the file ends, is a *piece* of the whole file: when the source has read all pieces of a content,
/// the log tells its sum. No other ranges count for that.
struct RangesItem {
  EntryId entry = 0;
  Version version = 1;
  std::vector<Range> ranges;
  friend bool operator==(const RangesItem&, const RangesItem&) = default;
};
/// Over all items at most kMaxRanges ranges and kMaxRangeBytes bytes.
struct RangesRequest {
  std::vector<RangesItem> items;
  friend bool operator==(const RangesRequest&, const RangesRequest&) = default;
};
struct SumsItem {
  EntryId entry = 0;
  Version version = 1;
  friend bool operator==(const SumsItem&, const SumsItem&) = default;
};
/// The sums of whole files: the source reads them to their ends, so its answer can take long. With `first_level` also
/// the signatures of all blocks of the first level, kMaxSignatureBytes at most: the first two steps of a delta at once.
struct SumsRequest {
  std::vector<SumsItem> items;
  bool first_level = false;
  friend bool operator==(const SumsRequest&, const SumsRequest&) = default;
};
/// Blocks of a file at one level of the delta (engine/delta): levels and blocks that a file of its size has.
struct SignaturesItem {
  EntryId entry = 0;
  Version version = 1;
  std::uint8_t level = 0;
  std::vector<Range> blocks;  // offset: the first block; length: how many
  friend bool operator==(const SignaturesItem&, const SignaturesItem&) = default;
};
/// Over all items at most kMaxRanges ranges of blocks and kMaxSignatureBytes bytes of signatures.
struct SignaturesRequest {
  std::vector<SignaturesItem> items;
  friend bool operator==(const SignaturesRequest&, const SignaturesRequest&) = default;
};
/// The digest of the root, once all is listed.
struct DigestRequest {
  std::uint64_t time_unit = 1;
  bool owner = true, group = true;  // whether they count (tree::DigestRules)
  friend bool operator==(const DigestRequest&, const DigestRequest&) = default;
};
/// The listings of directories, and the digests of the subdirectories in them.
struct ListingsRequest {
  DigestRequest rules;
  std::uint32_t skip = 0;            // parts of the first directory's listing
  std::vector<EntryId> directories;  // rising; 1 to kDirectoriesAsked
  friend bool operator==(const ListingsRequest&, const ListingsRequest&) = default;
};
/// The key of the answer cache.
using Request =
    std::variant<BundleRequest, RangesRequest, SumsRequest, SignaturesRequest, DigestRequest, ListingsRequest>;

enum class Served : std::uint8_t {
  whole = 0,       // as asked for
  changed = 1,     // not as published: a VersionRecord (or an UnreadableRecord) is in the log or follows
  unreadable = 2,  // an UnreadableRecord is in the log or follows
};
struct BundleMember {
  std::uint32_t index = 0;
  Served served = Served::whole;
  std::uint64_t size = 0;  // of the bytes in this answer
  Sum sum;                 // of those bytes, where served whole
};
/// Unpacked layout: this header, then the bytes of all members served whole, in order.
struct BundleAnswer {
  std::uint64_t bundle = 0;
  std::vector<BundleMember> members;
  base::ByteView data;
};
// The answers to requests with items have the items asked for and no others, in order; proto/match.h compares them.
struct ServedItem {
  EntryId entry = 0;
  Version version = 1;
  Served served = Served::whole;
  friend bool operator==(const ServedItem&, const ServedItem&) = default;
};
/// The bytes of the ranges of all items served whole, end to end.
struct RangesAnswer {
  std::vector<ServedItem> items;
  base::ByteView data;
};
struct ServedSum {
  EntryId entry = 0;
  Version version = 1;
  Served served = Served::whole;
  Sum sum;  // of the whole file, where served whole
  friend bool operator==(const ServedSum&, const ServedSum&) = default;
};
/// The data, where signatures were asked for, is as that of a SignaturesAnswer.
struct SumsAnswer {
  std::vector<ServedSum> items;
  bool first_level = false;
  base::ByteView data;
};
/// The signatures of the blocks of all items served whole, end to end: for each range of blocks what
/// delta::append_signature makes of it.
struct SignaturesAnswer {
  std::vector<ServedItem> items;
  base::ByteView data;
};
struct DigestAnswer {
  ListedRecord totals;
  tree::Digest digest{};
};
/// Bodies of DirectoryRecords in the order asked, as many as have room: the rest is to be asked for again. They point
/// into the answer; decode_listing() reads them. Then 16 bytes for each subdirectory named in them, in order.
struct ListingsAnswer {
  std::vector<base::ByteView> records;
  base::ByteView data;
};
enum class CannotServeReason : std::uint8_t {
  changed = 1,
  unreadable = 2,
  no_space = 3,
  unknown_name = 4,
  unsupported = 5
};
/// No answer at all. A source says what it cannot serve item by item; this is for relays.
struct CannotServe {
  EntryId entry = 0;
  Version version = 0;
  CannotServeReason reason = CannotServeReason::changed;
};
using Answer =
    std::variant<BundleAnswer, RangesAnswer, SumsAnswer, SignaturesAnswer, DigestAnswer, ListingsAnswer, CannotServe>;

}  // namespace g5ksync::proto
