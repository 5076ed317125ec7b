#include <algorithm>

#include "app/origin/content.h"
#include "engine/delta/signature.h"
#include "proto/codec.h"

namespace g5ksync::app {
namespace {

using proto::Served;

base::Failure refused(const char* what) { return base::fail(base::ErrorKind::protocol, what); }

/// Sorted, with gaps, and inside of 0 … size.
bool are_in(const std::vector<proto::Range>& ranges, std::uint64_t size) {
  std::uint64_t least = 0;
  for (const proto::Range& range : ranges) {
    if (range.length == 0 || range.offset < least || range.offset > size || range.length > size - range.offset)
      return false;
    least = range.offset + range.length + 1;
  }
  return !ranges.empty();
}

/// See proto::RangesItem.
bool is_piece_of(const std::vector<proto::Range>& ranges, std::uint64_t size) {
  const proto::Range& range = ranges.front();
  return ranges.size() == 1 && range.offset % proto::kFilePiece == 0 &&
         range.length == std::min(proto::kFilePiece, size - range.offset);
}

/// What was published under each item's name; nothing where a newer version was, or the file was given up.
template <class Item>
base::Result<std::vector<std::optional<proto::Content>>> contents_of(const proto::Publication& publication,
                                                                     const std::vector<Item>& items) {
  std::vector<std::optional<proto::Content>> contents;
  for (const Item& item : items) {
    auto content = publication.find(item.entry, item.version);
    if (content)
      contents.emplace_back(std::move(*content));
    else if (content.error().kind == base::ErrorKind::changed)
      contents.emplace_back();
    else
      return base::Failure(std::move(content).error());
  }
  return contents;
}

/// `answer`, which has no items yet, to a request with items. `read` appends what belongs to an item, fills in what
/// else is told of it, and says how it was served.
template <class Answer, class Item, class Read>
base::Result<base::Bytes> answer_of(Answer answer, const std::vector<Item>& items,
                                    const std::vector<std::optional<proto::Content>>& contents, std::uint64_t bytes,
                                    Read read) {
  base::Bytes data;
  data.reserve(static_cast<std::size_t>(bytes));
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::size_t begin = data.size();
    auto& told = answer.items.emplace_back();
    told.entry = items[i].entry;
    told.version = items[i].version;
    told.served = Served::changed;
    if (contents[i]) {
      G5K_ASSIGN(told.served, read(*contents[i], items[i], told, data));
    }
    if (told.served != Served::whole) data.resize(begin);
  }
  base::Bytes raw = proto::encode_answer_header(answer);
  raw.insert(raw.end(), data.begin(), data.end());
  return raw;
}

}  // namespace

// --- ranges ---------------------------------------------------------------------------------------------------------

base::Result<base::Bytes> ContentReader::read(const proto::RangesRequest& request) {
  G5K_ASSIGN(const auto contents, contents_of(publication_, request.items));
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (!contents[i]) continue;  // of that version nobody knows the size any more
    const auto& ranges = request.items[i].ranges;
    if (!are_in(ranges, contents[i]->size)) return refused("asked for ranges that are not in the file");
    for (const proto::Range& range : ranges) bytes += std::min(range.length, proto::kMaxRangeBytes + 1);
    if (bytes > proto::kMaxRangeBytes) return refused("asked for too many bytes at once");
  }
  return answer_of(proto::RangesAnswer{}, request.items, contents, bytes,
                   [this](const auto& content, const auto& item, auto&, base::Bytes& data) {
                     return read_item(content, item, data);
                   });
}

base::Result<Served> ContentReader::read_item(const proto::Content& content, const proto::RangesItem& item,
                                              base::Bytes& data) {
  const std::size_t begin = data.size();
  return serve(content, [&](const base::Fd& file) -> base::Result<void> {
    for (const proto::Range& range : item.ranges) G5K_TRY(append(file, range, data));
    if (is_piece_of(item.ranges, content.size) && check(content, file))
      add_to_sum(content, file, item.ranges.front().offset, base::ByteView(data).subspan(begin));
    return {};
  });
}

void ContentReader::add_to_sum(const proto::Content& content, const base::Fd& file, std::uint64_t offset,
                               base::ByteView piece) {
  std::shared_ptr<FileSum> sum;
  {
    const std::scoped_lock lock(sums_mutex_);
    auto& slot = sums_[{content.entry, content.version}];
    if (!slot) slot = std::make_shared<FileSum>(content.size);
    sum = slot;
  }
  const auto read_back = [&](std::uint64_t from, std::span<std::byte> into) -> base::Result<void> {
    G5K_TRY(fill(file, from, into));
    if (check(content, file)) return {};
    return base::fail(base::ErrorKind::changed, content.path);
  };
  if (!sum->sum.add(offset, piece, read_back)) return;  // the publication knows that it has changed
  const auto result = sum->sum.result();
  if (!result) return;
  {
    const std::scoped_lock lock(sums_mutex_);
    if (std::exchange(sum->published, true)) return;
  }
  publication_.publish_sum(content, proto::Sum::xxh3(*result));
}

// --- sums -----------------------------------------------------------------------------------------------------------

base::Result<base::Bytes> ContentReader::read(const proto::SumsRequest& request) {
  G5K_ASSIGN(const auto contents, contents_of(publication_, request.items));
  std::uint64_t bytes = 0;
  if (request.first_level)
    for (const auto& content : contents) bytes += content ? delta::first_level_size(content->size) : 0;
  if (bytes > proto::kMaxSignatureBytes) return refused("asked for too many signatures at once");
  return answer_of(proto::SumsAnswer{{}, request.first_level, {}}, request.items, contents, bytes,
                   [&](const auto& content, const auto&, proto::ServedSum& told, base::Bytes& data) {
                     return request.first_level ? read_opening(content, told.sum, data) : read_sum(content, told.sum);
                   });
}

base::Result<Served> ContentReader::read_opening(const proto::Content& content, proto::Sum& sum, base::Bytes& data) {
  return serve(content, [&](const base::Fd& file) { return sum_file(content, file, sum, &data); });
}

base::Result<Served> ContentReader::read_sum(const proto::Content& content, proto::Sum& sum) {
  const auto known = known_sum(content);
  if (known) sum = *known;
  auto served = serve(content, [&](const base::Fd& file) -> base::Result<void> {
    if (known) return {};  // it still is what it was when it was read: that is looked at
    return sum_file(content, file, sum, nullptr);
  });
  if (served && *served == Served::whole && !known && content.size >= proto::kSmallFile) {
    const std::scoped_lock lock(sums_mutex_);
    known_.emplace(ContentKey{content.entry, content.version}, sum);
  }
  return served;
}

std::optional<proto::Sum> ContentReader::known_sum(const proto::Content& content) {
  const std::scoped_lock lock(sums_mutex_);
  const auto found = known_.find({content.entry, content.version});
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

// --- signatures -----------------------------------------------------------------------------------------------------

base::Result<base::Bytes> ContentReader::read(const proto::SignaturesRequest& request) {
  G5K_ASSIGN(const auto contents, contents_of(publication_, request.items));
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (!contents[i]) continue;
    const proto::SignaturesItem& item = request.items[i];
    const auto levels = delta::levels_for(contents[i]->size);
    if (item.level >= levels.size()) return refused("asked for a level that the file does not have");
    if (!are_in(item.blocks, delta::block_count(contents[i]->size, levels[item.level].block)))
      return refused("asked for blocks that are not in the file");
    for (const proto::Range& range : item.blocks)
      bytes += delta::signature_size(contents[i]->size, item.level, range.length);
    if (bytes > proto::kMaxSignatureBytes) return refused("asked for too many signatures at once");
  }
  return answer_of(proto::SignaturesAnswer{}, request.items, contents, bytes,
                   [this](const auto& content, const auto& item, auto&, base::Bytes& data) {
                     return serve(content, [&](const base::Fd& file) { return sign(file, content, item, data); });
                   });
}

base::Result<void> ContentReader::sign(const base::Fd& file, const proto::Content& content,
                                       const proto::SignaturesItem& item, base::Bytes& data) const {
  const delta::Level& level = delta::levels_for(content.size)[item.level];
  static_assert(kStep % delta::kLargestBlock == 0, "no step ends inside a block, but at the file's end");
  base::Bytes step;
  for (const proto::Range& range : item.blocks) {
    std::uint64_t offset = range.offset * level.block;
    const std::uint64_t end = std::min(content.size, (range.offset + range.length) * level.block);
    while (offset < end) {
      step.resize(static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, kStep)));
      G5K_TRY(fill(file, offset, step));
      delta::append_signature(data, level, step);
      offset += step.size();
    }
  }
  return {};
}

}  // namespace g5ksync::app
