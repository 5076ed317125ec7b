// What a file is put together from: the old file of its name, then what dead runs left of the new one, end to end.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "app/agent/destination.h"
#include "engine/delta/basis_reader.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// Reads are counted as steps of the disk. read() may be called from several threads at once.
class Basis final : public delta::BasisReader {
 public:
  /// Fails where there is neither; with the error of the old file.
  static base::Result<Basis> open(const proto::WantedFile& file, Destination& destination);

  /// Of the old file, as it was opened; none: there is none.
  const std::optional<fs::Stat>& old_stat() const { return old_stat_; }
  /// The old file. There must be one.
  const base::Fd& old_file() const { return parts_.front().file; }
  std::uint64_t size() const { return parts_.back().end; }
  base::Result<base::ByteView> read(std::uint64_t offset, std::size_t length, base::Bytes& scratch) override;
  /// Fills `into` from `offset` on; fewer bytes where the basis ends early.
  base::Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const;

 private:
  struct Part {
    base::Fd file;
    std::uint64_t begin, end;
  };
  explicit Basis(Destination& destination) : destination_(&destination) {}
  void add(base::Fd file, std::uint64_t size);

  Destination* destination_;
  std::vector<Part> parts_;
  std::optional<fs::Stat> old_stat_;
};

}  // namespace g5ksync::app
