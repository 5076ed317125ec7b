// Reading published content: a request becomes the unpacked bytes of its answer.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/delta/whole_file_sum.h"
#include "engine/tree/scan.h"
#include "proto/session/publication.h"

namespace g5ksync::app {

/// Any thread. A file that is not what was published is told to the publication, which gives it its next version, and
/// the answer says so. Files are read with pread, never mapped (a truncated mapping is a SIGBUS).
class ContentReader {
 public:
  ContentReader(proto::Publication& publication, const std::vector<tree::Source>& sources)
      : publication_(publication), sources_(sources) {}

  /// Errors are the requester's: it asked for what was never published.
  base::Result<base::Bytes> read(const proto::Request& request);

 private:
  enum class Outcome { whole, changed, unreadable };
  base::Result<base::Bytes> read(const proto::BundleRequest& request);
  base::Result<base::Bytes> read(const proto::RangesRequest& request);
  Outcome read_member(const proto::Member& member, base::Bytes& data);
  Outcome read_ranges(const proto::Content& content, const std::vector<proto::Range>& ranges, base::Bytes& data);
  base::Result<base::Fd> open(const proto::Content& content) const;
  /// Whether the open file still is what was published; publishes what it is where not.
  bool check(const proto::Content& content, const base::Fd& file);
  void add_to_sum(const proto::Content& content, const base::Fd& file, const std::vector<proto::Range>& ranges,
                  base::ByteView data);

  proto::Publication& publication_;
  const std::vector<tree::Source>& sources_;
  std::mutex sums_mutex_;
  struct FileSum {
    explicit FileSum(std::uint64_t size) : sum(size) {}
    delta::OrderedSum sum;
    bool published = false;  // guarded by sums_mutex_
  };
  std::map<std::pair<proto::EntryId, proto::Version>, std::shared_ptr<FileSum>> sums_;
};

}  // namespace g5ksync::app
