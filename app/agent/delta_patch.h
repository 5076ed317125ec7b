// Puts a new file together from its basis and a delta (engine/delta/token.h).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/delta/basis_reader.h"
#include "engine/delta/token.h"
#include "engine/delta/whole_file_sum.h"
#include "engine/fs/directory.h"

namespace g5ksync::app {

/// The bytes of a delta's literals in memory. Filled by one thread; then read by any.
class LiteralStore {
 public:
  /// `bytes`: of literals that follow each other; the first byte is at `offset` of the new file.
  void put(std::uint64_t offset, base::ByteView bytes) { parts_[offset].assign(bytes.begin(), bytes.end()); }
  /// All parts are in.
  void close();
  /// From `position` on, counted in literal bytes; must lie inside.
  void read(std::uint64_t position, std::span<std::byte> into) const;

 private:
  std::map<std::uint64_t, base::Bytes> parts_;
  std::map<std::uint64_t, const base::Bytes*> by_position_;
};

struct Patch {
  std::uint64_t size = 0;  // of the new file
  const std::vector<delta::Token>& tokens;
  delta::BasisReader& basis;
  const LiteralStore* literals;  // closed; null: they are in `out` already, at their places
  fs::TempFile& out;
};

/// Writes the new file, from its beginning to its end; its sum. None where the basis does not hold what the tokens say,
/// or `go_on`, which is asked after each step, says no. Errors are those of reading and writing.
base::Result<std::optional<delta::Sum128>> write_patched(const Patch& patch, const std::function<bool()>& go_on);

}  // namespace g5ksync::app
