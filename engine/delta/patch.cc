#include "engine/delta/patch.h"

namespace g5ksync::delta {
namespace {

std::size_t new_size(std::span<const Token> tokens) {
  std::size_t size = 0;
  for (const Token& token : tokens) size += static_cast<std::size_t>(token.length);
  return size;
}

}  // namespace

base::Result<void> patch(base::ByteView basis, std::span<const Token> tokens, base::ByteView literals,
                         base::Bytes& made) {
  made.clear();
  made.reserve(new_size(tokens));
  const auto append = [&made](base::ByteView bytes) { made.insert(made.end(), bytes.begin(), bytes.end()); };
  for (const Token& token : tokens) {
    const auto length = static_cast<std::size_t>(token.length);
    switch (token.kind) {
      case TokenKind::run:
        made.insert(made.end(), length, token.byte);
        break;
      case TokenKind::literal:
        if (literals.size() < length) return base::fail(base::ErrorKind::protocol, "patch: too few literal bytes");
        append(literals.first(length));
        literals = literals.subspan(length);
        break;
      case TokenKind::copy:
        if (token.basis_offset > basis.size() || basis.size() - token.basis_offset < length) {
          return base::fail(base::ErrorKind::protocol, "patch: a copy from outside the basis");
        }
        append(basis.subspan(static_cast<std::size_t>(token.basis_offset), length));
        break;
    }
  }
  if (!literals.empty()) return base::fail(base::ErrorKind::protocol, "patch: literal bytes left over");
  return {};
}

}  // namespace g5ksync::delta
