// Whether an answer is about the items asked for. An answer to a request with items repeats their names and leaves
// their ranges to the request; errors have kind protocol. Pure functions, any thread.
#pragma once

#include <span>
#include <vector>

#include "engine/base/error.h"
#include "proto/messages.h"

namespace g5ksync::proto {

/// The signatures of each item, where the request asks for them; else all of them are empty. `sizes` as below, or none.
base::Result<std::vector<base::ByteView>> match(const SumsRequest& request, std::span<const std::uint64_t> sizes,
                                                const SumsAnswer& answer);

/// The bytes of each item: of its ranges, end to end. Empty where it was not served whole. Views into answer.data.
base::Result<std::vector<base::ByteView>> match(const RangesRequest& request, const RangesAnswer& answer);

/// `sizes[i]`: how many bytes the signatures that item i asks for have (delta::signature_size).
base::Result<std::vector<base::ByteView>> match(const SignaturesRequest& request, std::span<const std::uint64_t> sizes,
                                                const SignaturesAnswer& answer);

}  // namespace g5ksync::proto
