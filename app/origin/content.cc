#include "app/origin/content.h"

#include <algorithm>

#include "engine/delta/signature.h"
#include "proto/codec.h"

namespace g5ksync::app {

using proto::Served;

base::Result<base::Bytes> ContentReader::read(const proto::Request& request) {
  return std::visit([this](const auto& what) { return read(what); }, request);
}

// --- files ----------------------------------------------------------------------------------------------------------

base::Result<std::shared_ptr<const base::Fd>> ContentReader::open(const proto::Content& content, bool again) {
  if (auto kept = again ? open_files_.find(content.entry) : nullptr) {
    const auto now = fs::stat_of(*kept);
    if (now && content.matches(*now)) return kept;
    open_files_.drop(content.entry);  // what the path leads to now is another matter
  }
  auto file = sources_[content.source].directory->open_file(content.path);
  if (!file) {
    publication_.give_up(content, file.error());
    return base::Failure(std::move(file).error());
  }
  auto opened = std::make_shared<const base::Fd>(std::move(*file));
  if (!check(content, *opened)) return base::fail(base::ErrorKind::changed, content.path);
  return opened;
}

base::Result<Served> ContentReader::serve(const proto::Content& content, const Use& use, bool again) {
  const auto file = open(content, again);
  if (!file) return file.error().kind == base::ErrorKind::changed ? Served::changed : Served::unreadable;
  const auto used = use(**file);
  if (cancelled_) return base::fail(base::ErrorKind::interrupted, "the run was stopped");
  // The file looked so when it was listed, and looks so after it was read: what was read is what was listed.
  const bool unchanged = check(content, **file);
  if (used && unchanged && again) open_files_.keep(content.entry, *file);
  if (used) return unchanged ? Served::whole : Served::changed;
  if (!unchanged && used.error().kind == base::ErrorKind::changed) return Served::changed;
  publication_.give_up(content, used.error());
  return Served::unreadable;
}

bool ContentReader::check(const proto::Content& content, const base::Fd& file) {
  const auto now = fs::stat_of(file);
  if (!now) {
    publication_.give_up(content, now.error());
    return false;
  }
  if (content.matches(*now)) return true;
  publication_.revise(content, *now);
  return false;
}

base::Result<void> ContentReader::fill(const base::Fd& file, std::uint64_t offset, std::span<std::byte> into) const {
  if (cancelled_) return base::fail(base::ErrorKind::interrupted, "the run was stopped");
  G5K_ASSIGN(const std::size_t count, fs::read_at(file, offset, into));
  if (count == into.size()) return {};
  return base::fail(base::ErrorKind::changed, "the file ends before its size says");
}

base::Result<void> ContentReader::append(const base::Fd& file, const proto::Range& range, base::Bytes& data) const {
  std::uint64_t offset = range.offset;
  for (std::uint64_t left = range.length; left > 0;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, kStep));
    data.resize(data.size() + count);
    G5K_TRY(fill(file, offset, std::span(data).last(count)));
    offset += count;
    left -= count;
  }
  return {};
}

base::Result<void> ContentReader::sum_file(const proto::Content& content, const base::Fd& file, proto::Sum& sum,
                                           base::Bytes* first_level) const {
  const delta::Level& level = delta::levels_for(content.size).front();
  static_assert(delta::kSumStep % delta::kLargestBlock == 0, "no step ends inside a block, but at the file's end");
  const auto read = [&](std::uint64_t offset, std::span<std::byte> into) -> base::Result<void> {
    G5K_TRY(fill(file, offset, into));
    if (first_level != nullptr) delta::append_signature(*first_level, level, into);
    return {};
  };
  G5K_ASSIGN(const delta::Sum128 whole, delta::sum_of(content.size, read));
  sum = proto::Sum::xxh3(whole);
  return {};
}

// --- bundles --------------------------------------------------------------------------------------------------------

base::Result<base::Bytes> ContentReader::read(const proto::BundleRequest& request) {
  G5K_ASSIGN(const auto members, publication_.members(request));
  proto::BundleAnswer answer;
  answer.bundle = request.bundle;
  base::Bytes data;
  data.reserve(proto::kBundleTarget + proto::kSmallFile);
  for (const proto::Member& member : members) {
    proto::BundleMember& told = answer.members.emplace_back();
    told.index = member.index;
    const std::size_t begin = data.size();
    G5K_ASSIGN(told.served, read_member(member, data));
    told.size = data.size() - begin;
    if (told.served != Served::whole) continue;
    told.sum = proto::Sum::xxh3(delta::sum_of(base::ByteView(data).subspan(begin)));
  }
  base::Bytes raw = proto::encode_answer_header(answer);
  raw.insert(raw.end(), data.begin(), data.end());
  return raw;
}

base::Result<Served> ContentReader::read_member(const proto::Member& member, base::Bytes& data) {
  if (member.given_up) return Served::unreadable;
  if (member.content.version > 1) return Served::changed;
  const std::size_t begin = data.size();
  const auto whole = [&](const base::Fd& file) { return append(file, {0, member.content.size}, data); };
  auto served = serve(member.content, whole, false);
  if (!served || *served != Served::whole) data.resize(begin);
  return served;
}

}  // namespace g5ksync::app
