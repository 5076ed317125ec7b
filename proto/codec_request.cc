#include "proto/codec.h"
#include "proto/request_kind.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

/// The members up to the last one that is asked for: one set of members has one encoding.
std::size_t used_members(const std::vector<bool>& members) {
  std::size_t count = members.size();
  while (count > 0 && !members[count - 1]) --count;
  return count;
}

struct RequestWriter {
  base::ByteWriter& out;

  void operator()(const BundleRequest& request) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::bundle));
    out.varint(request.bundle);
    const std::size_t count = used_members(request.members);
    out.varint(count);
    for (std::size_t first = 0; first < count; first += 8) {
      unsigned byte = 0;
      for (std::size_t i = first; i < count && i < first + 8; ++i) byte |= unsigned{request.members[i]} << (i - first);
      out.u8(static_cast<std::uint8_t>(byte));
    }
  }

  void operator()(const RangesRequest& request) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::ranges));
    out.varint(request.entry);
    out.varint(request.version);
    wire::put_ranges(out, request.ranges);
  }
};

base::Result<Request> decode_bundle(base::ByteReader in) {
  BundleRequest request;
  request.bundle = in.varint_up_to(wire::kMaxNumber);
  const auto count = static_cast<std::size_t>(in.varint_up_to(kBundleMembers));
  const base::ByteView bits = in.raw((count + 7) / 8);
  if (count == 0 || !in.ok()) return wire::malformed("BundleRequest");
  request.members.resize(bits.size() * 8);
  for (std::size_t i = 0; i < request.members.size(); ++i) {
    request.members[i] = ((static_cast<unsigned>(bits[i / 8]) >> (i % 8)) & 1) != 0;
  }
  if (used_members(request.members) != count) in.set_failed();
  request.members.resize(count);
  return wire::finish<Request>(in, std::move(request), "BundleRequest");
}

base::Result<Request> decode_ranges(base::ByteReader in) {
  RangesRequest request;
  request.entry = wire::get_entry_id(in);
  request.version = wire::get_version(in);
  request.ranges = wire::get_ranges(in);
  return wire::finish<Request>(in, std::move(request), "RangesRequest");
}

}  // namespace

base::Bytes encode(const Request& request) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  std::visit(RequestWriter{out}, request);
  return bytes;
}

base::Result<Request> decode_request(base::ByteView payload) {
  base::ByteReader in(payload);
  switch (static_cast<RequestKind>(in.u8())) {
    case RequestKind::bundle:
      return decode_bundle(in);
    case RequestKind::ranges:
      return decode_ranges(in);
    case RequestKind::cannot_serve:
      break;
  }
  return wire::malformed("request: an unknown kind");
}

}  // namespace g5ksync::proto
