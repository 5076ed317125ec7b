#include "app/origin/content.h"

#include <algorithm>
#include <cerrno>

#include "proto/codec.h"

namespace g5ksync::app {
namespace {

proto::Sum as_sum(const delta::Sum128& bytes) {
  proto::Sum sum;
  std::copy(bytes.begin(), bytes.end(), sum.bytes.begin());
  return sum;
}

base::Bytes joined(const proto::Answer& header, base::ByteView data) {
  base::Bytes raw = proto::encode_answer_header(header);
  raw.insert(raw.end(), data.begin(), data.end());
  return raw;
}

}  // namespace

base::Result<base::Bytes> ContentReader::read(const proto::Request& request) {
  return std::visit([this](const auto& what) { return read(what); }, request);
}

base::Result<base::Fd> ContentReader::open(const proto::Content& content) const {
  return sources_[content.source].directory->open_file(content.path);
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
    switch (read_member(member, data)) {
      case Outcome::whole:
        told.size = data.size() - begin;
        told.sum = as_sum(delta::sum_of(base::ByteView(data).subspan(begin)));
        break;
      case Outcome::changed:
        told.served = proto::Served::changed;
        break;
      case Outcome::unreadable:
        told.served = proto::Served::unreadable;
        break;
    }
  }
  answer.data = data;
  return joined(answer, data);
}

ContentReader::Outcome ContentReader::read_member(const proto::Member& member, base::Bytes& data) {
  if (member.given_up) return Outcome::unreadable;
  if (member.content.version > 1) return Outcome::changed;
  return read_ranges(member.content, {{0, member.content.size}}, data);
}

// --- ranges ---------------------------------------------------------------------------------------------------------

base::Result<base::Bytes> ContentReader::read(const proto::RangesRequest& request) {
  const proto::CannotServe changed{request.entry, request.version, proto::CannotServeReason::changed};
  const auto content = publication_.find(request.entry, request.version);
  if (!content) {
    if (content.error().kind == base::ErrorKind::changed) return proto::encode_answer_header(changed);
    return base::Failure(content.error());
  }
  if (request.ranges.empty() || request.ranges.back().offset + request.ranges.back().length > content->size)
    return base::fail(base::ErrorKind::protocol, "asked for a range that is not in the file");
  base::Bytes data;
  switch (read_ranges(*content, request.ranges, data)) {
    case Outcome::whole:
      break;
    case Outcome::changed:
      return proto::encode_answer_header(changed);
    case Outcome::unreadable:
      return proto::encode_answer_header(
          proto::CannotServe{request.entry, request.version, proto::CannotServeReason::unreadable});
  }
  return joined(proto::RangesAnswer{request.entry, request.version, request.ranges, data}, data);
}

ContentReader::Outcome ContentReader::read_ranges(const proto::Content& content,
                                                  const std::vector<proto::Range>& ranges, base::Bytes& data) {
  const std::size_t begin = data.size();
  const auto file = open(content);
  if (!file) {
    publication_.give_up(content, file.error());
    return Outcome::unreadable;
  }
  bool whole = true;
  for (const proto::Range& range : ranges) {
    const std::size_t at = data.size();
    data.resize(at + static_cast<std::size_t>(range.length));
    const auto count = fs::read_at(*file, range.offset, std::span(data).subspan(at));
    if (!count) {
      data.resize(begin);
      publication_.give_up(content, count.error());
      return Outcome::unreadable;
    }
    whole = whole && *count == range.length;
  }
  // The file looked so when it was listed, and looks so after it was read: what was read is what was listed.
  if (check(content, *file) && whole) {
    if (content.size >= proto::kSmallFile || content.version > 1)
      add_to_sum(content, *file, ranges, base::ByteView(data).subspan(begin));
    return Outcome::whole;
  }
  data.resize(begin);
  return Outcome::changed;
}

void ContentReader::add_to_sum(const proto::Content& content, const base::Fd& file,
                               const std::vector<proto::Range>& ranges, base::ByteView data) {
  std::shared_ptr<FileSum> sum;
  {
    const std::scoped_lock lock(sums_mutex_);
    auto& slot = sums_[{content.entry, content.version}];
    if (!slot) slot = std::make_shared<FileSum>(content.size);
    sum = slot;
  }
  const auto read_back = [&](std::uint64_t offset, std::span<std::byte> into) -> base::Result<void> {
    G5K_ASSIGN(const std::size_t count, fs::read_at(file, offset, into));
    if (count == into.size() && check(content, file)) return {};
    return base::fail(base::ErrorKind::changed, content.path);
  };
  for (const proto::Range& range : ranges) {
    const base::ByteView piece = data.first(static_cast<std::size_t>(range.length));
    data = data.subspan(piece.size());
    if (!sum->sum.add(range.offset, piece, read_back)) return;  // the publication knows that it has changed
  }
  const auto result = sum->sum.result();
  {
    const std::scoped_lock lock(sums_mutex_);
    if (!result || std::exchange(sum->published, true)) return;
  }
  publication_.publish_sum(content, as_sum(*result));
}

}  // namespace g5ksync::app
