// What a file is put together from: the old file of its name, then what dead runs left of the new one, end to end.
#pragma once

#include <optional>
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

  /// The old file, if there is one.
  const base::Fd* old_file() const { return has_old_ ? &parts_.front().file : nullptr; }
  std::uint64_t size() const { return parts_.back().end; }
  base::Result<base::ByteView> read(std::uint64_t offset, std::size_t length, base::Bytes& scratch) override;

 private:
  struct Part {
    base::Fd file;
    std::uint64_t begin, end;
  };
  explicit Basis(Destination& destination) : destination_(&destination) {}
  void add(base::Fd file, std::uint64_t size);

  Destination* destination_;
  std::vector<Part> parts_;
  bool has_old_ = false;
};

}  // namespace g5ksync::app
