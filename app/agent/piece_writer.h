// Writes the pieces of a file behind its producer's back.
#pragma once

#include <memory>

#include "engine/base/executor.h"
#include "engine/fs/directory.h"

namespace g5ksync::app {

/// Pieces are written in the order in which they were put, one at a time: by a job of the executor, as far as one
/// comes, else by the thread that puts them. A few may wait. One thread.
class PieceWriter {
 public:
  /// `executor`: none: each piece is written at once.
  PieceWriter(fs::TempFile& out, base::Executor* executor);
  /// What was not written by then never is.
  ~PieceWriter();
  PieceWriter(const PieceWriter&) = delete;
  PieceWriter& operator=(const PieceWriter&) = delete;

  /// A buffer for the next piece, perhaps one that was used before.
  base::Bytes buffer();
  /// The first error that writing met, of this piece or an earlier one.
  base::Result<void> put(std::uint64_t offset, base::Bytes piece);
  /// Everything is written when this returns.
  base::Result<void> finish();

 private:
  struct Queue;
  std::shared_ptr<Queue> queue_;  // jobs that come late find nothing in it
  base::Executor* executor_;
};

}  // namespace g5ksync::app
