// From the packed payload of an answer to its value, of the kind that was asked for.
#pragma once

#include <utility>
#include <variant>

#include "proto/codec.h"
#include "proto/compression.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::proto {

/// The answer's views point into `raw`; moving it keeps them good.
template <class Kind>
struct OpenAnswer {
  base::Bytes raw;
  Kind answer;
};

/// Fails with kind protocol if it cannot be unpacked or read, or is an answer of another kind.
template <class Kind>
base::Result<OpenAnswer<Kind>> open_answer(const PackedPayload& packed, Unpacker& unpacker) {
  G5K_ASSIGN(base::Bytes raw, unpacker.unpack(packed.bytes, packed.zstd, packed.raw_length, kMaxAnswerRaw));
  G5K_ASSIGN(Answer answer, decode_answer(raw));
  auto* kind = std::get_if<Kind>(&answer);
  if (!kind) return base::fail(base::ErrorKind::protocol, "an answer of another kind than was asked for");
  return OpenAnswer<Kind>{std::move(raw), std::move(*kind)};
}

}  // namespace g5ksync::proto
