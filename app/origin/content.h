// Reading published content: a request becomes the unpacked bytes of its answer.
//
//   content.cc        opening and checking files, reading their bytes, bundles
//   content_items.cc  requests with items: ranges, sums, signatures
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "app/origin/open_files.h"
#include "engine/delta/whole_file_sum.h"
#include "engine/tree/scan.h"
#include "proto/session/publication.h"

namespace g5ksync::app {

/// Any thread. A file that is not what was published is told to the publication, which gives it its next version, and
/// the answer says so. Files are read with pread, never mapped (a truncated mapping is a SIGBUS), and in steps of a
/// MiB: what is held in memory is the answer and one step.
class ContentReader {
 public:
  ContentReader(proto::Publication& publication, const std::vector<tree::Source>& sources)
      : publication_(publication), sources_(sources) {}

  /// Errors are the requester's: it asked for what was never published, or for parts that a file does not have. After
  /// cancel() also of kind interrupted.
  base::Result<base::Bytes> read(const proto::Request& request);
  /// Reading ends before its next step; for good.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kStep = std::size_t{1} << 20;
  using ContentKey = std::pair<proto::EntryId, proto::Version>;
  /// Reads what it wants of an open file. An error is the file's; but after cancel() nobody's.
  using Use = std::function<base::Result<void>(const base::Fd& file)>;

  base::Result<base::Bytes> read(const proto::BundleRequest& request);
  base::Result<base::Bytes> read(const proto::RangesRequest& request);
  base::Result<base::Bytes> read(const proto::SumsRequest& request);
  base::Result<base::Bytes> read(const proto::SignaturesRequest& request);
  base::Result<base::Bytes> read(const proto::DigestRequest& request) { return publication_.answer(request); }
  base::Result<base::Bytes> read(const proto::ListingsRequest& request) { return publication_.answer(request); }

  base::Result<proto::Served> read_member(const proto::Member& member, base::Bytes& data);
  /// Appends what an item asks for; at will where that is not whole.
  base::Result<proto::Served> read_item(const proto::Content& content, const proto::RangesItem& item,
                                        base::Bytes& data);
  base::Result<proto::Served> read_sum(const proto::Content& content, proto::Sum& sum);
  /// The sum, and the signatures of the first level, of one reading.
  base::Result<proto::Served> read_opening(const proto::Content& content, proto::Sum& sum, base::Bytes& data);

  /// Opens the file and lets `use` read it. Served whole only if the file was what was published before and after;
  /// what else it is has been published when this returns. `again`: it may be open already, and may be wanted again.
  base::Result<proto::Served> serve(const proto::Content& content, const Use& use, bool again = true);
  /// What was published, else an error of kind changed; or that of opening, and the file is given up.
  base::Result<std::shared_ptr<const base::Fd>> open(const proto::Content& content, bool again);
  /// Appends a range's bytes. Fails with kind changed where the file ends before.
  base::Result<void> append(const base::Fd& file, const proto::Range& range, base::Bytes& data) const;
  /// Fills `into`, at most a step; the same errors.
  base::Result<void> fill(const base::Fd& file, std::uint64_t offset, std::span<std::byte> into) const;
  /// Whether the open file still is what was published; publishes what it is where not.
  bool check(const proto::Content& content, const base::Fd& file);

  /// Appends the signatures of an item's blocks.
  base::Result<void> sign(const base::Fd& file, const proto::Content& content, const proto::SignaturesItem& item,
                          base::Bytes& data) const;
  /// Also appends the signatures of the first level to `first_level`, where that is given.
  base::Result<void> sum_file(const proto::Content& content, const base::Fd& file, proto::Sum& sum,
                              base::Bytes* first_level) const;
  std::optional<proto::Sum> known_sum(const proto::Content& content);
  void add_to_sum(const proto::Content& content, const base::Fd& file, std::uint64_t offset, base::ByteView piece);

  proto::Publication& publication_;
  const std::vector<tree::Source>& sources_;
  OpenFiles open_files_;
  std::atomic<bool> cancelled_{false};
  std::mutex sums_mutex_;
  struct FileSum {
    explicit FileSum(std::uint64_t size) : sum(size) {}
    delta::OrderedSum sum;
    bool published = false;  // guarded by sums_mutex_
  };
  std::map<ContentKey, std::shared_ptr<FileSum>> sums_;  // of files that travel whole in pieces
  std::map<ContentKey, proto::Sum> known_;               // of large files that were read whole
};

}  // namespace g5ksync::app
