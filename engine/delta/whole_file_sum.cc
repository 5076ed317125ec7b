#include "engine/delta/whole_file_sum.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace g5ksync::delta {
namespace {

Sum128 canonical(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Sum128 sum;
  std::memcpy(sum.data(), bytes.digest, sum.size());
  return sum;
}

}  // namespace

Sum128 sum_of(base::ByteView bytes) { return canonical(XXH3_128bits(bytes.data(), bytes.size())); }

void OrderedSum::FreeState::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

OrderedSum::OrderedSum(std::uint64_t size) : size_(size), state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_.get());
}

OrderedSum::~OrderedSum() = default;

void OrderedSum::hash(base::ByteView bytes) {
  XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
  hashed_ += bytes.size();
}

base::Result<void> OrderedSum::add(std::uint64_t offset, base::ByteView piece, const ReadBack& read_back) {
  const std::scoped_lock lock(mutex_);
  if (offset < hashed_) return {};  // this piece again
  if (offset > hashed_) {
    early_.insert({offset, piece.size()});
    return {};
  }
  hash(piece);
  return catch_up(read_back);
}

base::Result<void> OrderedSum::catch_up(const ReadBack& read_back) {
  base::Bytes buffer;
  while (!early_.empty() && early_.begin()->offset == hashed_) {
    std::uint64_t left = early_.begin()->length;
    early_.erase(early_.begin());
    while (left > 0) {
      buffer.resize(static_cast<std::size_t>(std::min(left, kSumStep)));
      G5K_TRY(read_back(hashed_, buffer));
      hash(buffer);
      left -= buffer.size();
    }
  }
  return {};
}

base::Result<Sum128> sum_of(std::uint64_t size, const OrderedSum::ReadBack& read) {
  OrderedSum sum(size);
  base::Bytes step;
  for (std::uint64_t offset = 0; offset < size; offset += step.size()) {
    step.resize(static_cast<std::size_t>(std::min(size - offset, kSumStep)));
    G5K_TRY(read(offset, step));
    G5K_TRY(sum.add(offset, step, read));
  }
  return *sum.result();
}

std::optional<Sum128> OrderedSum::result() const {
  const std::scoped_lock lock(mutex_);
  if (hashed_ != size_) return std::nullopt;
  return canonical(XXH3_128bits_digest(state_.get()));
}

}  // namespace g5ksync::delta
