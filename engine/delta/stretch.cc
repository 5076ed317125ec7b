#include "engine/delta/stretch.h"

#include "engine/delta/window_hash.h"

namespace g5ksync::delta {

std::vector<std::uint32_t> all_anchors(base::ByteView data, std::size_t block) {
  std::vector<std::uint32_t> anchors;
  if (data.size() < block || is_run(data)) return anchors;
  const std::vector<std::uint16_t> hashes = window_hashes(data);
  const std::size_t span = block - kWindow + 1;  // windows in a block
  std::vector<std::uint32_t> queue;              // rising positions with rising hashes; live from `head` on
  std::size_t head = 0, equal = 1;               // equal: bytes up to the newest that are the same
  for (std::size_t i = 1; i < kWindow; ++i) equal = data[i] == data[i - 1] ? equal + 1 : 1;
  for (std::size_t at = 0; at < hashes.size(); ++at) {
    if (at != 0) equal = data[at + kWindow - 1] == data[at + kWindow - 2] ? equal + 1 : 1;
    if (equal < kWindow) {
      while (queue.size() > head && hashes[queue.back()] > hashes[at]) queue.pop_back();
      queue.push_back(static_cast<std::uint32_t>(at));
    }
    if (head < queue.size() && queue[head] + span <= at) ++head;
    if (at + 1 < span || head == queue.size()) continue;
    if (anchors.empty() || anchors.back() != queue[head]) anchors.push_back(queue[head]);
  }
  return anchors;
}

}  // namespace g5ksync::delta
