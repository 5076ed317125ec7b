// What a replica's session asks its disk to do, and what comes back. Values only: the session starts no thread and
// touches no file; who runs the jobs (app/agent) may run them at once and in any order, but for what is said here.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "engine/tree/digest_scan.h"
#include "proto/messages.h"

namespace g5ksync::proto {

/// One DirectoryRecord; kept as long as an entry of it is wanted. The root's is complete only if the source's contents
/// were asked for.
struct ListingPart {
  EntryId directory = tree::kRoot;
  EntryId first_entry = 0;
  std::uint64_t bundle = 0;  // the place of its first member of a bundle
  std::uint32_t first_member = 0;
  bool first = true, last = true, complete = true, empty_source = false;
  std::vector<ListingEntry> entries;
};

/// A regular file whose content must come. The entry is part of a ListingPart that it keeps alive.
struct WantedFile {
  EntryId id = 0;
  EntryId directory = tree::kRoot;
  std::shared_ptr<const ListingEntry> entry;
  Version version = 1;
  std::uint64_t size = 0;  // of this version
  fs::FileTime mtime;
  bool has_basis = false;   // something of it is there, and worth a delta
  bool other_size = false;  // … and of another size: its sum alone settles nothing
  bool elsewhere = false;   // its content may be there under another name
  bool undecided = false;   // -c: one of this size is there; only its sum tells whether content must come
};

struct PackedPayload {
  base::Bytes bytes;
  std::uint32_t raw_length = 0;
  bool zstd = false;
};

/// The root's own attributes, to be set at the end; none where they are not the source's.
struct RootJob {
  std::optional<fs::Stat> own_attributes;
  std::string owner_name, group_name;
};
/// Take the digests of what is at the destination: of the root, or of what is named in Start. Where moves are to be
/// detected the disk also learns which files are there.
struct DigestJob {
  tree::DigestRules rules;
};
struct DigestDone {
  std::shared_ptr<const tree::DigestTree> tree;
};
/// What that found in one directory.
struct Scanned {
  std::shared_ptr<const tree::DigestTree> tree;
  const tree::DigestNode* directory = nullptr;  // null: there was none, or no scan
};
/// Compare a directory's listing with the disk; make directories, links, nodes and empty files; mend attributes. A
/// directory's job comes only when the one that listed it as an entry is done.
struct CompareJob {
  std::shared_ptr<ListingPart> part;  // the disk's until the job is done: it puts its own numbers for owners and groups
  Scanned scanned;                    // entries that are in it need no second look
};
struct CompareDone {
  std::shared_ptr<const ListingPart> part;
  std::vector<std::uint32_t> wanted;  // indices into part->entries, ascending: regular files that need content
  std::vector<std::uint64_t> bases;   // for each of them the size of what is there of it, old or left over; 0: nothing
  std::vector<bool> elsewhere;        // for each of them: its content may be there under another name
  std::vector<bool> undecided;        // for each of them: see WantedFile
};

/// An entry that is another name of the first one of its link group. They are made when all content is in place.
struct LinkTask {
  EntryId id = 0, directory = tree::kRoot;
  std::shared_ptr<const ListingEntry> entry;
  EntryId leader_id = 0, leader_directory = tree::kRoot;
  std::shared_ptr<const ListingEntry> leader;
};
struct LinkJob {
  std::vector<LinkTask> tasks;
};

/// Unpack a bundle's answer and write its files. files[i] is the i-th member that `request` asks for.
struct WriteBundleJob {
  std::uint32_t number = 0;
  BundleRequest request;
  std::vector<WantedFile> files;
  PackedPayload answer;
};
enum class FileOutcome {
  written,
  same,        // it was there already, with other attributes
  absent,      // its content is nowhere at the destination
  changed,     // the source says so: a new version follows in the log
  unreadable,  // the source says so
  bad_sum,     // the bytes are not what the sum says; or a delta was of no use
  failed,      // the disk refused; reported
};
struct WriteBundleDone {
  std::uint32_t number = 0;
  std::vector<WantedFile> files;
  std::vector<FileOutcome> outcomes;  // one for each file
};

/// What a file needs next that is brought up to date by a delta (proto/session/replica_delta.cc).
struct DeltaPiece {
  std::uint8_t level = 0;     // of signatures
  std::vector<Range> ranges;  // of blocks; or of literal bytes
  std::uint64_t bytes = 0;    // of data in the answer
};
struct DeltaStep {
  enum class Next { signatures, literals, settled };
  EntryId file = 0;
  Version version = 1;
  Next next = Next::settled;
  FileOutcome outcome = FileOutcome::written;  // settled; written or same: the disk holds nothing of it any more
  std::vector<DeltaPiece> pieces;              // to be asked for, each by itself
  bool differs = false;                        // of a file that was undecided: its content must come
};
/// The sums of files that have a basis: those that are as they should be get their attributes, the others a search,
/// whose first step is done here where signatures came with the sums.
struct SumsJob {
  std::uint32_t number = 0;
  SumsRequest request;
  std::vector<WantedFile> files;  // for each item of the request
  PackedPayload answer;
};
/// Take signatures; search the basis when a file has all that its last step asked for.
struct SignaturesJob {
  std::uint32_t number = 0;
  SignaturesRequest request;
  std::vector<WantedFile> files;
  PackedPayload answer;
};
/// Take literals; put the file together when all are there.
struct LiteralsJob {
  std::uint32_t number = 0;
  RangesRequest request;
  std::vector<WantedFile> files;
  PackedPayload answer;
};
/// Of these three. A file that waits for other answers has no step.
struct DeltaDone {
  std::uint32_t number = 0;
  std::vector<DeltaStep> steps;
};

/// Unpack a ranges answer about one item, and write it into the file's temp file.
struct WriteRangesJob {
  std::uint32_t number = 0;
  WantedFile file;
  RangesRequest request;
  PackedPayload answer;
};
struct WriteRangesDone {
  std::uint32_t number = 0;
  EntryId file = 0;
  Version version = 1;
  FileOutcome outcome = FileOutcome::written;  // here: the range is on the disk
};

/// All ranges are written: check the sum, set attributes, rename. An empty file has no ranges and no sum.
struct CommitJob {
  WantedFile file;
  std::optional<Sum> sum;
};
struct CommitDone {
  EntryId file = 0;
  Version version = 1;
  FileOutcome outcome = FileOutcome::written;
};

/// Drop what there is of a file so far: its delta, or what was written of it in ranges. The ranges of a version may
/// come while its delta is still to be dropped.
struct AbandonJob {
  EntryId file = 0;
  Version version = 1;
  bool delta = false;
};
/// Deletions, then directory attributes, deepest first. The last job of a run. With errors at the source nothing is
/// deleted.
struct FinishJob {
  bool source_failed = false;
};
struct PlainDone {};  // of RootJob, LinkJob, AbandonJob and FinishJob

using DiskJob = std::variant<RootJob, DigestJob, CompareJob, LinkJob, WriteBundleJob, WriteRangesJob, CommitJob,
                             SumsJob, SignaturesJob, LiteralsJob, AbandonJob, FinishJob>;

struct DiskResult {
  std::variant<DigestDone, CompareDone, WriteBundleDone, WriteRangesDone, CommitDone, DeltaDone, PlainDone> done;
  Counters counted;  // to be added to the run's counters
  std::vector<Report> reports;
  std::optional<base::Error> fatal;  // ends the run: no space left, an answer that breaks the protocol
};

}  // namespace g5ksync::proto
