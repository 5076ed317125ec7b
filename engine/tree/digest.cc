#include "engine/tree/digest.h"

#include <xxhash.h>

#include <algorithm>

namespace g5ksync::tree {
namespace {

using fs::FileType;

Digest sum_of(base::ByteView bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  Digest digest;
  std::ranges::copy(std::as_bytes(std::span(canonical.digest)), digest.begin());
  return digest;
}

}  // namespace

void OwnDigest::put_account(std::uint32_t number, std::string_view name) {
  base::ByteWriter out(canonical_);
  const bool by_number = name.empty() || number == 0;  // root is root everywhere
  out.u8(by_number ? 0 : 1);
  if (by_number)
    out.varint(number);
  else
    out.string(name);
}

void OwnDigest::add(const FileEntry& entry, std::string_view owner_name, std::string_view group_name) {
  const fs::Stat& stat = entry.stat;
  const AttributeMask& mask = rules_.mask;
  last_at_ = canonical_.size();
  if (!covered(stat.type, mask)) return;
  base::ByteWriter out(canonical_);
  out.u8(static_cast<std::uint8_t>(stat.type));
  out.string(entry.name);
  if (stat.type == FileType::regular) out.varint(stat.size);
  if (mask.mtime || stat.type == FileType::regular) {
    const fs::FileTime time = cut_time(stat.mtime, rules_.time_unit);
    out.zigzag(time.seconds);
    out.varint(time.nanos);
  }
  if (mask.mode && stat.type != FileType::symlink) out.varint(stat.mode);
  if (mask.owner && rules_.owner) put_account(stat.uid, owner_name);
  if (mask.group && rules_.group) put_account(stat.gid, group_name);
  if (stat.type == FileType::char_device || stat.type == FileType::block_device) out.varint(stat.rdev);
  if (stat.type == FileType::symlink) out.string(entry.link_target);
}

EntrySum OwnDigest::last_entry() const {
  return XXH3_64bits(canonical_.data() + last_at_, canonical_.size() - last_at_);
}

void OwnDigest::never_equal(std::uint8_t which_end) {
  base::ByteWriter out(canonical_);
  out.u8(0);  // no type
  out.u8(which_end);
}

Digest OwnDigest::result() const { return sum_of(canonical_); }

Digest directory_digest(const Digest& own, const std::vector<Digest>& subdirectories) {
  base::Bytes bytes(own.begin(), own.end());
  bytes.reserve(own.size() * (subdirectories.size() + 1));
  for (const Digest& digest : subdirectories) bytes.insert(bytes.end(), digest.begin(), digest.end());
  return sum_of(bytes);
}

}  // namespace g5ksync::tree
