#include "proto/session/out_queue.h"

namespace g5ksync::proto {
namespace {

constexpr std::size_t kInlinePayload = 4096;  // smaller payloads are sent in one piece with their header

}  // namespace

void OutQueue::push(Urgency urgency, FrameHeader header, base::Bytes payload) {
  auto owner = std::make_shared<const base::Bytes>(std::move(payload));
  const base::ByteView view = *owner;
  push_shared(urgency, header, std::move(owner), view);
}

void OutQueue::push_shared(Urgency urgency, FrameHeader header, std::shared_ptr<const base::Bytes> owner,
                           base::ByteView payload) {
  Item item;
  header.length = static_cast<std::uint32_t>(payload.size());
  encode_frame_header(header, item.header);
  if (payload.size() <= kInlinePayload) {
    item.header.insert(item.header.end(), payload.begin(), payload.end());
    payload = {};
  }
  item.owner = std::move(owner);
  item.payload = payload;
  item.lane = static_cast<std::size_t>(urgency);
  const std::size_t size = item.header.size() + payload.size();
  bytes_ += size;
  lane_bytes_[item.lane] += size;
  lanes_[item.lane].push_back(std::move(item));
}

base::ByteView OutQueue::front() {
  if (!begun_) {
    for (std::deque<Item>& lane : lanes_) {
      if (lane.empty()) continue;
      current_ = std::move(lane.front());
      lane.pop_front();
      header_sent_ = payload_sent_ = 0;
      begun_ = true;
      break;
    }
    if (!begun_) return {};
  }
  if (header_sent_ < current_.header.size()) return base::ByteView(current_.header).subspan(header_sent_);
  return current_.payload.subspan(payload_sent_);
}

void OutQueue::consume(std::size_t count) {
  if (header_sent_ < current_.header.size())
    header_sent_ += count;
  else
    payload_sent_ += count;
  bytes_ -= count;
  lane_bytes_[current_.lane] -= count;
  if (header_sent_ == current_.header.size() && payload_sent_ == current_.payload.size()) {
    current_ = Item{};
    begun_ = false;
  }
}

void OutQueue::drop_unbegun() {
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    for (const Item& item : lanes_[lane]) {
      const std::size_t size = item.header.size() + item.payload.size();
      bytes_ -= size;
      lane_bytes_[lane] -= size;
    }
    lanes_[lane].clear();
  }
}

}  // namespace g5ksync::proto
