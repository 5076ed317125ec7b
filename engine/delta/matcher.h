// The replica's side of a delta: asks for signatures of the new file, searches the basis for their blocks, and ends
// with tokens. Use:
//
//   Matcher matcher(new_size, basis_size);
//   while (!matcher.finished()) {
//     while (auto request = matcher.next_request(4096)) { fetch it from the source; matcher.take(*request, encoded); }
//     matcher.search(reader, executor);
//   }
//   matcher.tokens();
//
// Signatures are hostile until a whole-file sum has proved the result: whatever they say, memory is bounded, copies lie
// in the basis, and tokens cover the new file. A basis that changes while it is read only makes the result wrong.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/executor.h"
#include "engine/delta/asked.h"
#include "engine/delta/assembly.h"
#include "engine/delta/basis_reader.h"
#include "engine/delta/signature.h"
#include "engine/delta/wanted.h"

namespace g5ksync::delta {

/// Blocks of one level: ranges sorted, apart from each other, none empty. The answer is their signatures, one range
/// after the other.
struct SignatureRequest {
  unsigned level = 0;
  std::vector<BlockRange> ranges;
  std::uint64_t blocks() const;
};

/// One for each file that is patched. One thread at a time; search() itself spreads over an executor.
class Matcher {
 public:
  /// Blocks searched for at once; fine levels of large files take several searches.
  static constexpr std::size_t kMaxWindow = std::size_t{1} << 20;

  Matcher(std::uint64_t new_size, std::uint64_t basis_size);
  /// With other levels than the protocol's, for tests and measurements. `levels` must outlive the matcher.
  Matcher(std::uint64_t new_size, std::uint64_t basis_size, std::span<const Level> levels);

  /// The next signatures wanted, at most `max_blocks` (> 0). None when there is nothing to ask before the next search,
  /// or ever again (finished()). Requests may be open at once; one that is never taken costs literals.
  std::optional<SignatureRequest> next_request(std::size_t max_blocks);
  /// What the source answered; `request` may be a part of one, or parts of several. `protocol` error if not all of its
  /// blocks are waited for, or `encoded` is not their signatures; nothing is taken then.
  base::Result<void> take(const SignatureRequest& request, base::ByteView encoded);
  /// Searches the basis for what was taken. Reads through `reader`; an error is the reader's, and what was found before
  /// stays. May run in a job of `executor`: this thread does the work of helpers that do not come.
  base::Result<void> search(BasisReader& reader, base::Executor& executor);
  /// Whether no search or request is left.
  bool finished() const;
  /// Covers the new file exactly, in order.
  std::vector<Token> tokens() const { return known_.tokens(); }

  std::span<const Level> levels() const { return levels_; }

 private:
  void skip_to_next_gap();

  std::uint64_t new_size_, basis_size_;
  std::span<const Level> levels_;
  Assembly known_;
  unsigned level_ = 0;
  std::uint64_t cursor_ = 0;  // new-file offset up to which this level was asked for
  AskedBlocks asked_;         // since the last search
  std::vector<WantedBlock> wanted_;
};

}  // namespace g5ksync::delta
