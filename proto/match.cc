#include "proto/match.h"

#include <algorithm>

namespace g5ksync::proto {
namespace {

base::Failure other_content() { return base::fail(base::ErrorKind::protocol, "an answer about other content"); }

template <class Asked, class Told>
bool same_names(const std::vector<Asked>& asked, const std::vector<Told>& told) {
  return std::equal(asked.begin(), asked.end(), told.begin(), told.end(),
                    [](const Asked& a, const Told& b) { return a.entry == b.entry && a.version == b.version; });
}

template <class Told>
base::Result<std::vector<base::ByteView>> cut(const std::vector<Told>& items, std::span<const std::uint64_t> sizes,
                                              base::ByteView data) {
  std::vector<base::ByteView> parts(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].served != Served::whole) continue;
    if (sizes[i] > data.size()) return other_content();
    parts[i] = data.first(static_cast<std::size_t>(sizes[i]));
    data = data.subspan(parts[i].size());
  }
  if (!data.empty()) return other_content();
  return parts;
}

}  // namespace

base::Result<std::vector<base::ByteView>> match(const SumsRequest& request, std::span<const std::uint64_t> sizes,
                                                const SumsAnswer& answer) {
  if (!same_names(request.items, answer.items) || request.first_level != answer.first_level) return other_content();
  if (!request.first_level) return std::vector<base::ByteView>(answer.items.size());
  if (sizes.size() != answer.items.size()) return other_content();
  return cut(answer.items, sizes, answer.data);
}

base::Result<std::vector<base::ByteView>> match(const RangesRequest& request, const RangesAnswer& answer) {
  if (!same_names(request.items, answer.items)) return other_content();
  std::vector<std::uint64_t> sizes;
  sizes.reserve(request.items.size());
  for (const RangesItem& item : request.items) {
    std::uint64_t& size = sizes.emplace_back(0);
    for (const Range& range : item.ranges) size += range.length;
  }
  return cut(answer.items, sizes, answer.data);
}

base::Result<std::vector<base::ByteView>> match(const SignaturesRequest& request, std::span<const std::uint64_t> sizes,
                                                const SignaturesAnswer& answer) {
  if (!same_names(request.items, answer.items) || sizes.size() != answer.items.size()) return other_content();
  return cut(answer.items, sizes, answer.data);
}

}  // namespace g5ksync::proto
