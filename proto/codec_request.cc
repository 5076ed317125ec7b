#include "proto/codec.h"
#include "proto/codec_items.h"
#include "proto/request_kind.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

constexpr std::uint8_t kOwnerCounts = 1, kGroupCounts = 2;

/// The members up to the last one that is asked for: one set of members has one encoding.
std::size_t used_members(const std::vector<bool>& members) {
  std::size_t count = members.size();
  while (count > 0 && !members[count - 1]) --count;
  return count;
}

void put_rules(base::ByteWriter& out, const DigestRequest& rules) {
  out.varint(rules.time_unit);
  out.u8(static_cast<std::uint8_t>((rules.owner ? kOwnerCounts : 0) | (rules.group ? kGroupCounts : 0)));
}

DigestRequest get_rules(base::ByteReader& in) {
  DigestRequest rules;
  rules.time_unit = wire::get_time_unit(in);
  const std::uint8_t bits = wire::get_bits(in, kOwnerCounts | kGroupCounts);
  rules.owner = (bits & kOwnerCounts) != 0;
  rules.group = (bits & kGroupCounts) != 0;
  return rules;
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
    put_items(RequestKind::ranges, request.items,
              [this](const RangesItem& item) { items::put_ranges(out, item.ranges); });
  }

  void operator()(const SumsRequest& request) const {
    put_items(request.first_level ? RequestKind::openings : RequestKind::sums, request.items, [](const SumsItem&) {});
  }

  void operator()(const SignaturesRequest& request) const {
    put_items(RequestKind::signatures, request.items, [this](const SignaturesItem& item) {
      out.u8(item.level);
      items::put_ranges(out, item.blocks);
    });
  }

  template <class Item, class PutRest>
  void put_items(RequestKind kind, const std::vector<Item>& all, PutRest put_rest) const {
    out.u8(static_cast<std::uint8_t>(kind));
    out.varint(all.size());
    items::NameWriter names(out);
    for (const Item& item : all) {
      names.put(item.entry, item.version);
      put_rest(item);
    }
  }

  void operator()(const DigestRequest& request) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::digest));
    put_rules(out, request);
  }

  void operator()(const ListingsRequest& request) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::listings));
    put_rules(out, request.rules);
    out.varint(request.skip);
    out.varint(request.directories.size());
    EntryId next = 0;  // the least that the next one can be
    for (const EntryId directory : request.directories) {
      out.varint(directory - next);
      next = directory + 1;
    }
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

/// Reads items into `all`, after the kind; `get_rest` reads what follows the name.
template <class Item, class GetRest>
void get_items(base::ByteReader& in, std::size_t smallest, std::vector<Item>& all, GetRest get_rest) {
  const std::size_t count = items::get_count(in, smallest);
  all.reserve(count);
  items::NameReader names(in);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Item& item = all.emplace_back();
    names.get(item.entry, item.version);
    get_rest(item);
  }
}

base::Result<Request> decode_ranges(base::ByteReader in) {
  RangesRequest request;
  items::Room room{kMaxRanges, kMaxRangeBytes};
  get_items(in, items::kSmallestRanges, request.items,
            [&](RangesItem& item) { item.ranges = items::get_ranges(in, room); });
  return wire::finish<Request>(in, std::move(request), "RangesRequest");
}

base::Result<Request> decode_sums(base::ByteReader in, bool first_level) {
  SumsRequest request;
  request.first_level = first_level;
  get_items(in, items::kSmallestSum, request.items, [](SumsItem&) {});
  return wire::finish<Request>(in, std::move(request), "SumsRequest");
}

base::Result<Request> decode_signatures(base::ByteReader in) {
  SignaturesRequest request;
  items::Room room{kMaxRanges, kMaxSignatureBytes};  // a block's signature has a byte at least
  get_items(in, items::kSmallestSignatures, request.items, [&](SignaturesItem& item) {
    item.level = in.u8();
    item.blocks = items::get_ranges(in, room);
  });
  return wire::finish<Request>(in, std::move(request), "SignaturesRequest");
}

base::Result<Request> decode_digest(base::ByteReader in) {
  const DigestRequest request = get_rules(in);
  return wire::finish<Request>(in, request, "DigestRequest");
}

base::Result<Request> decode_listings(base::ByteReader in) {
  ListingsRequest request;
  request.rules = get_rules(in);
  request.skip = wire::get_u32(in);
  const std::uint64_t count = in.varint_up_to(kDirectoriesAsked);
  if (count == 0) in.set_failed();
  EntryId next = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const EntryId directory = next + in.varint_up_to(wire::kMaxNumber - next);
    if (directory == wire::kMaxNumber) in.set_failed();
    request.directories.push_back(directory);
    next = directory + 1;
  }
  return wire::finish<Request>(in, std::move(request), "ListingsRequest");
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
    case RequestKind::sums:
      return decode_sums(in, false);
    case RequestKind::openings:
      return decode_sums(in, true);
    case RequestKind::signatures:
      return decode_signatures(in);
    case RequestKind::digest:
      return decode_digest(in);
    case RequestKind::listings:
      return decode_listings(in);
    case RequestKind::cannot_serve:
      break;
  }
  return wire::malformed("request: an unknown kind");
}

}  // namespace g5ksync::proto
