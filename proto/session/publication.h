// What the source has published in one conversation: the log, and the table of the content that it answers for.
//
// The scan writes listings in, encoders look content up and report changes, and every session reads the same log
// frames. Log bytes are made as the most advanced receiver comes near their end, so that what becomes known late (a
// file's sum, a new version) is never stuck behind a long listing; listings wait in memory until then.
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
#include "proto/compression.h"
#include "proto/messages.h"
#include "proto/session/describer.h"

namespace g5ksync::proto {

/// A part of the log as it travels: packed once for all receivers.
struct LogFrame {
  std::uint64_t offset = 0;  // in the unpacked log
  std::uint32_t raw_length = 0;
  bool zstd = false;
  base::Bytes payload;
};

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
  /// `on_growth` is called, outside all locks, when receivers may have something new to read. `on_problem` for each
  /// entry that could not be read, with its path.
  Publication(tree::AttributeMask mask, std::uint64_t time_unit, std::function<void()> on_growth,
              std::function<void(const std::string& path, const base::Error&)> on_problem);

  /// Before anything is published.
  void name_owners(OwnerNames names) { describer_.name_owners(std::move(names)); }
  void group_links() { describer_.group_links(); }

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

  // The sessions' side.
  /// The frame that starts at `offset`, which is 0 or where a frame ended; null if there is none yet, or if it does
  /// not end at `limit` or before. `flush`: even a small one, when nothing else is left to send.
  std::shared_ptr<const LogFrame> frame_at(std::uint64_t offset, std::uint64_t limit, bool flush);
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
  using Record = std::variant<DirectoryRecord, BundleEndRecord, ListedRecord>;

  struct ListingKind {
    bool complete = true, empty_source = false;
  };
  EntryId enter(EntryId directory, std::vector<tree::FileEntry> entries, ListingKind kind,
                const std::vector<std::size_t>* sources);
  void add_row(EntryId directory, const tree::FileEntry& entry, std::size_t source);
  void place_in_bundle(EntryId id, ListingEntry& entry);
  void queue_listing(EntryId directory, EntryId first, std::vector<ListingEntry> entries, ListingKind kind);
  void append(const LogRecord& record);
  void extend_log(std::uint64_t wanted_end);
  std::shared_ptr<const LogFrame> seal(bool flush);
  const Row* row(EntryId entry) const;
  Content content_of(EntryId entry, const Row& row) const;
  std::string path_locked(EntryId entry) const;

  const tree::AttributeMask mask_;
  const std::uint64_t time_unit_;
  Describer describer_;
  const std::function<void()> on_growth_;
  const std::function<void(const std::string&, const base::Error&)> on_problem_;

  mutable std::mutex mutex_;
  std::string names_;                          // all names, end to end
  std::vector<Row> rows_;                      // rows_[id - 1]
  std::vector<std::vector<EntryId>> bundles_;  // the last is open
  std::uint64_t open_bundle_bytes_ = 0;
  std::deque<Record> backlog_;  // listings that are not in the log yet
  base::Bytes pending_;         // log bytes after the last sealed frame
  std::uint64_t sealed_ = 0;    // raw bytes in frames
  std::vector<std::shared_ptr<const LogFrame>> frames_;
  Packer packer_;
  Totals totals_;
  std::uint64_t errors_ = 0;  // of the scan
};

}  // namespace g5ksync::proto
