// How the kernel reads the basis: the one seam between it and files.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

namespace g5ksync::delta {

class BasisReader {
 public:
  virtual ~BasisReader() = default;
  /// The bytes of the basis from `offset` on: `length` of them, or fewer where the basis ends early. They lie in
  /// `scratch`, which grows as needed, or in memory of the reader's; good until `scratch` is used again or the reader
  /// ends. Called from several threads at once, each with a scratch of its own.
  virtual base::Result<base::ByteView> read(std::uint64_t offset, std::size_t length, base::Bytes& scratch) = 0;
};

/// A basis in memory, which must outlive the reader.
class MemoryBasis final : public BasisReader {
 public:
  explicit MemoryBasis(base::ByteView bytes) : bytes_(bytes) {}
  base::Result<base::ByteView> read(std::uint64_t offset, std::size_t length, base::Bytes&) override {
    const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes_.size()));
    return bytes_.subspan(from, std::min(length, bytes_.size() - from));
  }

 private:
  base::ByteView bytes_;
};

}  // namespace g5ksync::delta
