// What the source has published in one conversation: the log, and the table of the content that it answers for.
//
// The scan writes listings in, encoders look content and listings up and report changes, and every session reads the
// same frames, of two streams: the log, which says what becomes known of single files (a sum, a new version), and the
// listings, all of them in the order of the scan. A replica that has much of the tree already reads the log only, and
// asks for the listings of directories whose digests differ from its own.
//
// Any thread, but for the callback, which must be set before the first call.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/tree/scan.h"
#include "proto/codec.h"
#include "proto/messages.h"
#include "proto/session/describer.h"
#include "proto/session/listing_store.h"
#include "proto/session/log_stream.h"

namespace g5ksync::proto {

/// Where the bytes of a published file are, and what it looked like.
struct Content {
  EntryId entry = 0;
  std::size_t source = 0;  // index of the tree::Source
  std::string path;        // relative to that source's directory (and to the root of the transfer)
  Version version = 1;
  std::uint64_t size = 0, ino = 0;
  fs::FileTime mtime, ctime;
  /// Whether a file that looks like this is still the published one.
  bool matches(const fs::Stat& now) const;
};

struct Member {
  std::uint32_t index = 0;
  Content content;        // a version over 1: it has changed since the bundle was listed
  bool given_up = false;  // it will not come
};

struct Totals {
  bool listed = false;
  std::uint64_t entries = 0, files = 0, bytes = 0;
  std::uint64_t log_raw = 0, log_packed = 0;
};

class Publication final : public tree::ScanSink {
 public:
  /// `on_growth` is called, outside all locks, when receivers may have something new to read; for listings once for
  /// some hundred entries, so who waits looks again from time to time. `on_problem` for each entry that could not be
  /// read, with its path.
  Publication(tree::AttributeMask mask, std::uint64_t time_unit, std::function<void()> on_growth,
              std::function<void(const std::string& path, const base::Error&)> on_problem);

  /// Before anything is published.
  void name_owners(OwnerNames names) { describer_.name_owners(std::move(names)); }
  void group_links() { describer_.group_links(); }
  /// A source with nothing in it is meant so, also where names at the destination are extra then.
  void allow_empty_sources() { empty_allowed_ = true; }

  // The scan's side.
  EntryId root(std::vector<tree::RootEntry> entries, std::optional<fs::Stat> own_attributes, bool complete) override;
  EntryId directory(EntryId id, tree::Listing listing) override;
  void problem(const std::string& path, base::Error error) override;
  void done() override;

  // The encoders' side.
  /// Fails with kind protocol if that was never published, and with kind changed if a newer version is.
  base::Result<Content> find(EntryId entry, Version version) const;
  /// The members asked for, in order. Fails with kind protocol if the bundle or a member does not exist.
  base::Result<std::vector<Member>> members(const BundleRequest& request) const;
  /// The file is not what `seen` says: publishes the next version, or gives the file up as changed after three.
  void revise(const Content& seen, const fs::Stat& now);
  /// The file will not come.
  void give_up(const Content& seen, const base::Error& error);
  void publish_sum(const Content& content, const Sum& sum);
  /// Both answers, for as soon as all is listed (totals().listed). Fails with kind protocol if a directory was never
  /// published, or has no such part.
  base::Result<base::Bytes> answer(const DigestRequest& request);
  base::Result<base::Bytes> answer(const ListingsRequest& request);

  // The sessions' side.
  /// LogStream::frame_at() of either stream.
  std::shared_ptr<const LogFrame> log_frame(std::uint64_t offset, std::uint64_t limit, bool flush);
  std::shared_ptr<const LogFrame> listings_frame(std::uint64_t offset, std::uint64_t limit, bool flush);
  /// For people: the path of an entry relative to the root of the transfer; "." for the root.
  std::string path_of(EntryId entry) const;
  Totals totals() const;

 private:
  struct Row {
    EntryId parent = 0;
    std::uint64_t name_at = 0;
    std::uint64_t size = 0, ino = 0;
    fs::FileTime mtime, ctime;
    std::uint16_t name_length = 0;
    std::uint16_t source = 0;  // of the entries of the root
    fs::FileType type = fs::FileType::regular;
    std::uint8_t version = 1;
    bool given_up = false;
  };
  struct ListingKind {
    bool complete = true, empty_source = false;
  };
  EntryId enter(EntryId directory, std::vector<tree::FileEntry> entries, ListingKind kind,
                const std::vector<std::size_t>* sources);
  void add_row(EntryId directory, const tree::FileEntry& entry, std::size_t source);
  void place_in_bundle(EntryId id, ListingEntry& entry);
  void append(const LogRecord& record);
  const Row* row(EntryId entry) const;
  Content content_of(EntryId entry, const Row& row) const;
  std::string path_locked(EntryId entry) const;

  const tree::AttributeMask mask_;
  const std::uint64_t time_unit_;
  Describer describer_;
  bool empty_allowed_ = false;
  const std::function<void()> on_growth_;
  const std::function<void(const std::string&, const base::Error&)> on_problem_;

  mutable std::mutex mutex_;
  std::string names_;                          // all names, end to end
  std::deque<Row> rows_;                       // rows_[id - 1]
  std::vector<std::vector<EntryId>> bundles_;  // the last is open
  std::uint64_t open_bundle_bytes_ = 0;
  LogStream log_{LogStream::Raw::drop};
  ListingStore listings_;
  Totals totals_;
  std::uint64_t errors_ = 0;  // of the scan
  std::size_t untold_ = 0;    // entries since on_growth_ was called
};

}  // namespace g5ksync::proto
