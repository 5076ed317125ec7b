#include <algorithm>
#include <type_traits>

#include "proto/codec.h"
#include "proto/codec_items.h"
#include "proto/request_kind.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

constexpr std::size_t kSmallestMember = 2;  // index gap and served
constexpr std::size_t kSmallestRecord = 7;  // its length; a listing without entries

/// Data follows the header, so the fields of an answer are a string of their own; we write none.
void put_no_fields(base::ByteWriter& out) { out.varint(0); }

void get_fields(base::ByteReader& in) {
  base::ByteReader fields(base::view_of(in.string(in.remaining())));
  wire::skip_fields(fields);
  if (!fields.ok()) in.set_failed();
}

struct AnswerWriter {
  base::ByteWriter& out;

  void operator()(const BundleAnswer& answer) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::bundle));
    out.varint(answer.bundle);
    out.varint(answer.members.size());
    std::uint32_t next = 0;  // the least index that the next member can have
    for (const BundleMember& member : answer.members) {
      out.varint(member.index - next);
      out.u8(static_cast<std::uint8_t>(member.served));
      if (member.served == Served::whole) {
        out.varint(member.size);
        wire::put_sum(out, member.sum);
      }
      next = member.index + 1;
    }
    put_no_fields(out);
  }

  void operator()(const RangesAnswer& answer) const { put_items(RequestKind::ranges, answer.items); }
  void operator()(const SignaturesAnswer& answer) const { put_items(RequestKind::signatures, answer.items); }
  void operator()(const SumsAnswer& answer) const {
    put_items(answer.first_level ? RequestKind::openings : RequestKind::sums, answer.items);
  }

  template <class Item>
  void put_items(RequestKind kind, const std::vector<Item>& all) const {
    out.u8(static_cast<std::uint8_t>(kind));
    out.varint(all.size());
    items::NameWriter names(out);
    for (const Item& item : all) {
      names.put(item.entry, item.version);
      out.u8(static_cast<std::uint8_t>(item.served));
      if constexpr (std::is_same_v<Item, ServedSum>) {
        if (item.served == Served::whole) wire::put_sum(out, item.sum);
      }
    }
    put_no_fields(out);
  }

  void operator()(const DigestAnswer& answer) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::digest));
    out.varint(answer.totals.entries);
    out.varint(answer.totals.files);
    out.varint(answer.totals.bytes);
    out.varint(answer.totals.errors);
    out.raw(answer.digest);
    put_no_fields(out);
  }

  void operator()(const ListingsAnswer& answer) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::listings));
    out.varint(answer.records.size());
    for (const base::ByteView record : answer.records) out.string(base::text_of(record));
    out.varint(answer.data.size() / sizeof(tree::Digest));
    put_no_fields(out);
  }

  void operator()(const CannotServe& answer) const {
    out.u8(static_cast<std::uint8_t>(RequestKind::cannot_serve));
    out.varint(answer.entry);
    out.varint(answer.version);
    out.u8(static_cast<std::uint8_t>(answer.reason));
    put_no_fields(out);
  }
};

BundleMember get_member(base::ByteReader& in, std::uint32_t next) {
  BundleMember member;
  member.index = next + wire::get_u32(in, kBundleMembers - 1);
  if (member.index >= kBundleMembers) in.set_failed();
  member.served = wire::get_enum(in, Served::whole, Served::unreadable);
  if (member.served != Served::whole) return member;
  member.size = in.varint_up_to(kSmallFile - 1);
  if (member.size == 0) in.set_failed();
  member.sum = wire::get_sum(in);
  return member;
}

/// What is left of an answer must be exactly `size` bytes.
base::ByteView get_data(base::ByteReader& in, std::uint64_t size) {
  get_fields(in);
  if (in.remaining() != size) in.set_failed();
  return in.raw(in.remaining());
}

base::Result<Answer> decode_bundle(base::ByteReader in) {
  BundleAnswer answer;
  answer.bundle = in.varint_up_to(wire::kMaxNumber);
  const std::uint64_t count = in.varint_up_to(kBundleMembers);
  if (count == 0 || count > in.remaining() / kSmallestMember) return wire::malformed("BundleAnswer");
  answer.members.reserve(static_cast<std::size_t>(count));
  std::uint64_t size = 0;
  std::uint32_t next = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const BundleMember member = get_member(in, next);
    size += member.size;
    next = member.index + 1;
    answer.members.push_back(member);
  }
  answer.data = get_data(in, size);
  return wire::finish<Answer>(in, std::move(answer), "BundleAnswer");
}

template <class Item>
void get_items(base::ByteReader& in, std::vector<Item>& all) {
  const std::size_t count = items::get_count(in, items::kSmallestServed);
  all.reserve(count);
  items::NameReader names(in);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Item& item = all.emplace_back();
    names.get(item.entry, item.version);
    item.served = wire::get_enum(in, Served::whole, Served::unreadable);
    if constexpr (std::is_same_v<Item, ServedSum>) {
      if (item.served == Served::whole) item.sum = wire::get_sum(in);
    }
  }
}

/// How much data there is, only the request can tell: proto/match.h. None can be there if nothing was served.
template <class Kind>
base::Result<Answer> decode_data(base::ByteReader in, std::uint64_t cap, std::string_view what, Kind answer = {}) {
  get_items(in, answer.items);
  get_fields(in);
  const bool any = std::any_of(answer.items.begin(), answer.items.end(),
                               [](const auto& item) { return item.served == Served::whole; });
  if (in.remaining() > cap || any != (in.remaining() > 0)) in.set_failed();
  answer.data = in.raw(in.remaining());
  return wire::finish<Answer>(in, std::move(answer), what);
}

base::Result<Answer> decode_sums(base::ByteReader in) {
  SumsAnswer answer;
  get_items(in, answer.items);
  get_data(in, 0);
  return wire::finish<Answer>(in, std::move(answer), "SumsAnswer");
}

base::Result<Answer> decode_digest(base::ByteReader in) {
  DigestAnswer answer;
  answer.totals.entries = in.varint();
  answer.totals.files = in.varint();
  answer.totals.bytes = in.varint();
  answer.totals.errors = in.varint();
  const base::ByteView digest = in.raw(answer.digest.size());
  std::copy(digest.begin(), digest.end(), answer.digest.begin());
  get_data(in, 0);
  return wire::finish<Answer>(in, answer, "DigestAnswer");
}

base::Result<Answer> decode_listings(base::ByteReader in) {
  ListingsAnswer answer;
  const std::uint64_t count = in.varint_up_to(in.remaining() / kSmallestRecord);
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::string_view record = in.string(static_cast<std::size_t>(kMaxRecord));
    if (record.size() + 1 < kSmallestRecord) in.set_failed();
    answer.records.push_back(base::view_of(record));
  }
  const std::uint64_t digests = in.varint_up_to(in.remaining() / sizeof(tree::Digest));
  answer.data = get_data(in, digests * sizeof(tree::Digest));
  return wire::finish<Answer>(in, std::move(answer), "ListingsAnswer");
}

base::Result<Answer> decode_cannot_serve(base::ByteReader in) {
  CannotServe answer;
  answer.entry = in.varint_up_to(wire::kMaxNumber);
  answer.version = wire::get_u32(in);
  answer.reason = wire::get_enum(in, CannotServeReason::changed, CannotServeReason::unsupported);
  get_data(in, 0);
  return wire::finish<Answer>(in, answer, "CannotServe");
}

}  // namespace

base::Bytes encode_answer_header(const Answer& answer) {
  base::Bytes bytes;
  base::ByteWriter out(bytes);
  std::visit(AnswerWriter{out}, answer);
  return bytes;
}

base::Result<Answer> decode_answer(base::ByteView raw) {
  if (raw.size() > kMaxAnswerRaw) return wire::malformed("answer: too long");
  base::ByteReader in(raw);
  switch (static_cast<RequestKind>(in.u8())) {
    case RequestKind::bundle:
      return decode_bundle(in);
    case RequestKind::ranges:
      return decode_data<RangesAnswer>(in, kMaxRangeBytes, "RangesAnswer");
    case RequestKind::sums:
      return decode_sums(in);
    case RequestKind::openings:
      return decode_data(in, kMaxSignatureBytes, "SumsAnswer", SumsAnswer{{}, true, {}});
    case RequestKind::signatures:
      return decode_data<SignaturesAnswer>(in, kMaxSignatureBytes, "SignaturesAnswer");
    case RequestKind::digest:
      return decode_digest(in);
    case RequestKind::listings:
      return decode_listings(in);
    case RequestKind::cannot_serve:
      return decode_cannot_serve(in);
  }
  return wire::malformed("answer: an unknown kind");
}

}  // namespace g5ksync::proto
