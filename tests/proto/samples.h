// One instance of every message, with values that fill its members: the golden frames are made of these, and they
// seed the fuzzers.
#pragma once

#include <string>
#include <vector>

#include "proto/codec.h"
#include "proto/frame.h"

namespace g5ksync::proto::samples {

Hello hello();
Start start();
Ready ready();
Credit credit();
Counters counters();
Report report();
Finish finish();
Goodbye goodbye();

/// What the sample log's entries carry: everything.
tree::AttributeMask full_mask();
/// One record of each kind in either stream, in an order that a reader accepts.
std::vector<LogRecord> log_records();
std::vector<LogRecord> listing_records();
base::Bytes bytes_of(const std::vector<LogRecord>& records);

BundleRequest bundle_request();
RangesRequest ranges_request();
SumsRequest sums_request();
SumsRequest openings_request();
SignaturesRequest signatures_request();
BundleAnswer bundle_answer();
RangesAnswer ranges_answer();
SumsAnswer sums_answer();
SumsAnswer openings_answer();
SignaturesAnswer signatures_answer();
DigestRequest digest_request();
ListingsRequest listings_request();
DigestAnswer digest_answer();
ListingsAnswer listings_answer();
CannotServe cannot_serve();
/// Header and data.
base::Bytes whole_answer(const Answer& answer);

struct NamedFrame {
  std::string name;
  FrameHeader header;
  base::Bytes payload;
};
/// A frame of each type; an answer in two pieces; a plain log frame.
std::vector<NamedFrame> frames();

}  // namespace g5ksync::proto::samples
