// The new file from the old one and a delta.
#pragma once

#include <span>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/delta/token.h"

namespace g5ksync::delta {

/// The new bytes. `literals` holds the bytes of all literal tokens, one after the other. `protocol` error if a copy
/// does not lie in the basis or the literals do not fit. They take the place of what is in `made`. For what fits in
/// memory; files are patched token by token.
base::Result<void> patch(base::ByteView basis, std::span<const Token> tokens, base::ByteView literals,
                         base::Bytes& made);

}  // namespace g5ksync::delta
