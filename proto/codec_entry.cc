#include "proto/codec_entry.h"

#include "engine/fs/directory.h"
#include "proto/codec.h"
#include "proto/wire.h"

namespace g5ksync::proto {
namespace {

using namespace entry_bit;
using fs::FileType;

bool is_device(FileType type) { return type == FileType::char_device || type == FileType::block_device; }

bool same_attributes(const tree::AttributeMask& mask, const ListingEntry& a, const ListingEntry& b) {
  const fs::Stat& x = a.entry.stat;
  const fs::Stat& y = b.entry.stat;
  return x.mode == y.mode && (!mask.owner || (x.uid == y.uid && a.owner_name == b.owner_name)) &&
         (!mask.group || (x.gid == y.gid && a.group_name == b.group_name));
}

/// A name that is too long for the wire is left out: the number serves.
void put_account_name(base::ByteWriter& out, const std::string& name) {
  out.string(name.size() <= wire::kMaxName ? name : std::string_view());
}

/// Mode, owner and group.
void put_owners(base::ByteWriter& out, const tree::AttributeMask& mask, const fs::Stat& stat,
                const std::string& owner_name, const std::string& group_name) {
  out.varint(stat.mode & wire::kMaxMode);
  if (mask.owner) {
    out.varint(stat.uid);
    put_account_name(out, owner_name);
  }
  if (mask.group) {
    out.varint(stat.gid);
    put_account_name(out, group_name);
  }
}

void get_owners(base::ByteReader& in, const tree::AttributeMask& mask, fs::Stat& stat, std::string& owner_name,
                std::string& group_name) {
  stat.mode = wire::get_u32(in, wire::kMaxMode);
  if (mask.owner) {
    stat.uid = wire::get_u32(in);
    owner_name = wire::get_text(in, wire::kMaxName);
  }
  if (mask.group) {
    stat.gid = wire::get_u32(in);
    group_name = wire::get_text(in, wire::kMaxName);
  }
}

// Differences of seconds wrap around: any two times have one.
std::int64_t seconds_between(std::int64_t from, std::int64_t to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
}
std::int64_t seconds_after(std::int64_t from, std::int64_t difference) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + static_cast<std::uint64_t>(difference));
}

}  // namespace

void put_attributes(base::ByteWriter& out, const tree::AttributeMask& mask, const fs::Stat& stat,
                    const std::string& owner_name, const std::string& group_name) {
  out.zigzag(stat.mtime.seconds);
  out.varint(stat.mtime.nanos);
  put_owners(out, mask, stat, owner_name, group_name);
}

void get_attributes(base::ByteReader& in, const tree::AttributeMask& mask, fs::Stat& stat, std::string& owner_name,
                    std::string& group_name) {
  stat.mtime.seconds = in.zigzag();
  stat.mtime.nanos = wire::get_nanos(in);
  get_owners(in, mask, stat, owner_name, group_name);
}

std::size_t entry_size_bound(const ListingEntry& entry) {
  constexpr std::size_t numbers = 80;  // head, lengths, size or rdev, time, mode, owners, link group
  return numbers + entry.entry.name.size() + entry.entry.link_target.size() + entry.owner_name.size() +
         entry.group_name.size();
}

std::uint8_t EntryWriter::head_of(const ListingEntry& item) const {
  const fs::Stat& stat = item.entry.stat;
  const auto type = static_cast<std::uint8_t>(stat.type);
  unsigned head = type;
  if (item.in_bundle) head |= kInBundle;
  if (item.closes_bundle) head |= kClosesBundle;
  if (stat.mtime == time_) head |= kSameTime;
  const ListingEntry* before = of_type_[type];
  if (before != nullptr && same_attributes(mask_, item, *before)) head |= kSameAttributes;
  if (item.link_group != 0) head |= kMore;
  return static_cast<std::uint8_t>(head);
}

void EntryWriter::put(const ListingEntry& item) {
  const fs::Stat& stat = item.entry.stat;
  const std::uint8_t head = head_of(item);
  out_.u8(head);
  if ((head & kMore) != 0) out_.u8(kLinkGroup);
  out_.string(item.entry.name);
  if (stat.type == FileType::regular) out_.varint(stat.size);
  if ((head & kSameTime) == 0) {
    out_.zigzag(seconds_between(time_.seconds, stat.mtime.seconds));
    out_.varint(stat.mtime.nanos);
    time_ = stat.mtime;
  }
  if ((head & kSameAttributes) == 0) put_owners(out_, mask_, stat, item.owner_name, item.group_name);
  if (is_device(stat.type)) out_.varint(stat.rdev);
  if (stat.type == FileType::symlink) out_.string(item.entry.link_target);
  if ((head & kMore) != 0) out_.u64(item.link_group);
  of_type_[head & kType] = &item;
}

void EntryReader::get_name(const std::vector<ListingEntry>& items, std::string& name) {
  name = in_.string(wire::kMaxName);
  if (!fs::check_name(name)) in_.set_failed();
  if (!items.empty() && name <= items.back().entry.name) in_.set_failed();
}

void EntryReader::get_time(std::uint8_t head, fs::FileTime& time) {
  if ((head & kSameTime) == 0) {
    time_.seconds = seconds_after(time_.seconds, in_.zigzag());
    time_.nanos = wire::get_nanos(in_);
  }
  time = time_;
}

void EntryReader::get_attributes_of(std::uint8_t head, const std::vector<ListingEntry>& items, ListingEntry& item) {
  fs::Stat& stat = item.entry.stat;
  if ((head & kSameAttributes) != 0) {
    const std::size_t place = of_type_[head & kType];
    if (place == 0) return in_.set_failed();
    const ListingEntry& before = items[place - 1];
    stat.mode = before.entry.stat.mode;
    stat.uid = before.entry.stat.uid;
    stat.gid = before.entry.stat.gid;
    item.owner_name = before.owner_name;
    item.group_name = before.group_name;
    return;
  }
  get_owners(in_, mask_, stat, item.owner_name, item.group_name);
}

void EntryReader::get_content(std::uint8_t head, ListingEntry& item) {
  fs::Stat& stat = item.entry.stat;
  item.in_bundle = (head & kInBundle) != 0;
  item.closes_bundle = (head & kClosesBundle) != 0;
  const bool may_be_member = stat.type == FileType::regular && stat.size > 0 && stat.size < kSmallFile;
  if ((item.in_bundle && !may_be_member) || (item.closes_bundle && !item.in_bundle)) return in_.set_failed();
  if (is_device(stat.type)) stat.rdev = in_.varint();
  if (stat.type == FileType::symlink) {
    item.entry.link_target = wire::get_text(in_, wire::kMaxPath);
    if (item.entry.link_target.empty()) in_.set_failed();
  }
}

void EntryReader::get_rare(std::uint8_t more, ListingEntry& item) {
  if ((more & kLinkGroup) != 0) {
    item.link_group = in_.u64();
    if (item.link_group == 0) in_.set_failed();
  }
  if ((more & kFields) == 0) return;
  base::ByteReader fields(base::view_of(in_.string(in_.remaining())));
  wire::skip_fields(fields);
  if (!fields.ok()) in_.set_failed();
}

void EntryReader::get(std::vector<ListingEntry>& items) {
  ListingEntry item;
  fs::Stat& stat = item.entry.stat;
  const std::uint8_t head = in_.u8();
  if ((head & kType) == 0) return in_.set_failed();
  stat.type = static_cast<FileType>(head & kType);
  const std::uint8_t more = (head & kMore) != 0 ? wire::get_bits(in_, kLinkGroup | kFields) : std::uint8_t{0};
  get_name(items, item.entry.name);
  if (stat.type == FileType::regular) stat.size = in_.varint_up_to(wire::kMaxNumber);
  get_time(head, stat.mtime);
  get_attributes_of(head, items, item);
  get_content(head, item);
  get_rare(more, item);
  items.push_back(std::move(item));
  of_type_[head & kType] = items.size();
}

}  // namespace g5ksync::proto
