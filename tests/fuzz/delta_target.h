// The delta kernel under hostile signatures.
#pragma once

#include <vector>

#include "engine/base/bytes.h"

namespace g5ksync::fuzz {

/// The input is, in this order: two bytes that choose the size of the new file, one that chooses the basis and the way
/// of the search, and what the source answers, in turns of a byte for the ranges and the entries. Throws
/// std::logic_error unless tokens cover the file and copy from within the basis.
void run_delta(base::ByteView input);
/// True answers for files near the basis.
std::vector<base::Bytes> delta_seeds();

}  // namespace g5ksync::fuzz
