// Files that are brought up to date from the file that is there.
//
//   delta_files.cc     SumsJob: what is the same already; a basis for what is not
//   delta_search.cc    SignaturesJob: the search, and what it asks for next
//   delta_literals.cc  LiteralsJob: literals, and putting the new file together
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "app/agent/basis.h"
#include "app/agent/delta_patch.h"
#include "app/agent/destination.h"
#include "app/agent/memory_share.h"
#include "engine/base/executor.h"
#include "engine/delta/matcher.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// Any thread.
class DeltaFiles {
 public:
  /// `executor`: searches spread over it; none: they run on the job's thread alone.
  DeltaFiles(Destination& destination, base::Executor* executor, const std::atomic<bool>& cancelled)
      : destination_(destination), executor_(executor), cancelled_(cancelled) {}

  void run(const proto::SumsJob& job, proto::DiskResult& result);
  void run(const proto::SignaturesJob& job, proto::DiskResult& result);
  void run(const proto::LiteralsJob& job, proto::DiskResult& result);
  void abandon(proto::EntryId file, proto::Version version);
  void clear();
  /// Temp files with much in them stay when they are destroyed; false: there are none. No job runs meanwhile.
  bool keep_large();

 private:
  struct Delta {
    std::mutex mutex;
    proto::WantedFile file;
    proto::Sum sum;
    std::uint64_t basis_size = 0;
    std::unique_ptr<delta::Matcher> matcher;
    std::size_t pieces_out = 0;  // asked for and not here yet
    std::vector<delta::Token> tokens;
    std::unique_ptr<std::byte[]> held;   // the basis of a small file, while there is memory for it; else it is read
    base::ByteView basis;                // when needed; this is what is in it
    base::Bytes literals;                // of a small file
    LiteralParts store;                  // of a large one with few of them, while there is memory for them
    bool stored = false;                 // else they are written to their places in `temp` as they come
    std::unique_ptr<fs::TempFile> temp;  // of a large one
    std::uint64_t literals_written = 0;
    MemoryShare memory;
  };
  static constexpr std::uint64_t kMemory = std::uint64_t{96} << 20;  // of bases and literals, of all files
  using Key = std::pair<proto::EntryId, proto::Version>;
  using Step = proto::DeltaStep;

  static Step settled(const proto::WantedFile& file, proto::FileOutcome outcome);
  /// What is known of a file at first.
  struct Opening {
    proto::Sum sum;
    base::ByteView first_level;  // signatures of all its blocks; empty: they are to be asked for
  };
  /// The first step of its delta; or, without a basis, a look elsewhere.
  Step begin_or_seek(const proto::WantedFile& file, const Opening& opening, proto::DiskResult& result);
  /// A file of -c.
  Step check(const proto::WantedFile& file, const Opening& opening, proto::DiskResult& result);
  base::Result<bool> has_content(const proto::WantedFile& file, const Basis& basis, const proto::Sum& sum);
  Step start_search(const proto::WantedFile& file, const Opening& opening, Basis& basis, proto::DiskResult& result);
  base::Result<void> take_first_level(Delta& delta, base::ByteView signatures);
  base::Result<Step> begin(const proto::WantedFile& file, const Opening& opening, proto::DiskResult& result);
  Step advance(Delta& delta, proto::DiskResult& result);
  base::Result<void> search(Delta& delta);
  void ask_for_signatures(Delta& delta, Step& step) const;
  void ask_for_literals(Delta& delta, Step& step);
  static bool is_small(const Delta& delta);
  base::Result<void> hold(Delta& delta, Basis& basis);
  base::Result<void> take_literals(Delta& delta, const std::vector<proto::Range>& ranges, base::ByteView data);
  Step assemble(Delta& delta, proto::DiskResult& result);
  base::Result<bool> assemble_small(Delta& delta);
  base::Result<bool> assemble_large(Delta& delta);
  std::shared_ptr<Delta> find(proto::EntryId file, proto::Version version);

  Destination& destination_;
  base::Executor* executor_;
  const std::atomic<bool>& cancelled_;
  std::mutex mutex_;
  std::atomic<std::uint64_t> memory_{0};  // bytes of bases and literals that are held
  std::map<Key, std::shared_ptr<Delta>> deltas_;
};

}  // namespace g5ksync::app
