// One entry of a DirectoryRecord to bytes and back; no other folder includes this.
//
// An entry leans on those before it in the same record: its time is a difference to theirs, and attributes that are
// those of the last entry of its type cost nothing.
//
//   head  u8      bits 0-2 the type; the others as named below
//   more  u8      where kMore is set: what is rare
//   name  string
//   size  varint  regular files
//   mtime         unless kSameTime: zigzag seconds less those of the entry before; varint nanos
//   mode, owner, group   the last two as the mask says; unless kSameAttributes
//   rdev  varint  devices
//   target string symbolic links
//   link group u64, fields   as `more` says
#pragma once

#include <array>
#include <vector>

#include "engine/base/bytes.h"
#include "proto/messages.h"

namespace g5ksync::proto {

namespace entry_bit {
// head
inline constexpr std::uint8_t kType = 7, kInBundle = 8, kClosesBundle = 16, kSameTime = 32, kSameAttributes = 64,
                              kMore = 128;
// more
inline constexpr std::uint8_t kLinkGroup = 1, kFields = 2;
}  // namespace entry_bit

/// Head and name of the shortest entry.
inline constexpr std::size_t kSmallestEntry = 3;

/// The root's own attributes, as the mask says.
void put_attributes(base::ByteWriter& out, const tree::AttributeMask& mask, const fs::Stat& stat,
                    const std::string& owner_name, const std::string& group_name);
void get_attributes(base::ByteReader& in, const tree::AttributeMask& mask, fs::Stat& stat, std::string& owner_name,
                    std::string& group_name);

class EntryWriter {
 public:
  EntryWriter(base::ByteWriter& out, const tree::AttributeMask& mask) : out_(out), mask_(mask) {}
  /// `item` must stay where it is until the writer is gone.
  void put(const ListingEntry& item);

 private:
  std::uint8_t head_of(const ListingEntry& item) const;
  base::ByteWriter& out_;
  const tree::AttributeMask& mask_;
  fs::FileTime time_;
  std::array<const ListingEntry*, 8> of_type_{};  // the last one written of each type
};

class EntryReader {
 public:
  EntryReader(base::ByteReader& in, const tree::AttributeMask& mask) : in_(in), mask_(mask) {}
  /// Appends an entry; leaves the reader failed where it is not allowed, or its name not after the last one's.
  void get(std::vector<ListingEntry>& items);

 private:
  void get_name(const std::vector<ListingEntry>& items, std::string& name);
  void get_time(std::uint8_t head, fs::FileTime& time);
  void get_attributes_of(std::uint8_t head, const std::vector<ListingEntry>& items, ListingEntry& item);
  void get_content(std::uint8_t head, ListingEntry& item);
  void get_rare(std::uint8_t more, ListingEntry& item);
  base::ByteReader& in_;
  const tree::AttributeMask& mask_;
  fs::FileTime time_;
  std::array<std::size_t, 8> of_type_{};  // the place of the last one of each type, + 1; 0: none yet
};

}  // namespace g5ksync::proto
