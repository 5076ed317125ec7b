// Random valid messages for properties. Call inside a rapidcheck property.
#pragma once

#include <rapidcheck.h>

#include "proto/codec.h"

namespace g5ksync::proto::any {

/// Of any magnitude, 0 … cap.
std::uint64_t number(std::uint64_t cap = UINT64_MAX);
inline std::uint32_t small(std::uint32_t cap = UINT32_MAX) { return static_cast<std::uint32_t>(number(cap)); }
bool flag();
/// Bytes without NUL.
std::string text(std::size_t cap);
base::Bytes bytes(std::size_t cap);
tree::AttributeMask mask();
base::ErrorKind error_kind();

Hello hello();
Start start();
Ready ready();
Credit credit();
Counters counters();
Report report();
Finish finish();
Goodbye goodbye();

/// A directory whose entries carry what `mask` says and nothing else.
DirectoryRecord directory(const tree::AttributeMask& mask);
/// A whole log, from its RootRecord to its EndRecord.
std::vector<LogRecord> log(const tree::AttributeMask& mask);
/// A whole stream of listings, to its ListedRecord.
std::vector<LogRecord> listings(const tree::AttributeMask& mask);

Request request();
/// The answer's data points into `data`.
Answer answer(base::Bytes& data);

}  // namespace g5ksync::proto::any
