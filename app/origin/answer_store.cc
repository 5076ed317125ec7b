#include "app/origin/answer_store.h"

#include <algorithm>

#include "proto/codec.h"
#include "proto/compression.h"

namespace g5ksync::app {
namespace {

constexpr int kEaseStep = 8;  // so many answers in a row for one level
constexpr int kLowest = 1, kHighest = 9;
constexpr int kMostEase = (kHighest - kLowest) * kEaseStep + kEaseStep - 1;
constexpr int kStarvedWeight = 4;

std::string key_of(const proto::Request& request) { return std::string(base::text_of(proto::encode(request))); }

}  // namespace

AnswerStore::AnswerStore(base::Executor& executor, ContentReader& reader, std::size_t cache_bytes)
    : executor_(executor),
      reader_(reader),
      cache_limit_(cache_bytes),
      jobs_at_once_(static_cast<std::size_t>(executor.concurrency()) + 1) {}

void AnswerStore::get(const proto::Request& request, Ready ready) {
  std::string key = key_of(request);
  Packed found;
  {
    const std::scoped_lock lock(mutex_);
    if (cancelled_) return;
    if (const auto cached = cached_.find(key); cached != cached_.end()) {
      recent_.splice(recent_.begin(), recent_, cached->second);
      found = cached->second->answer;
    } else {
      auto [pending, is_new] = pending_.try_emplace(key, Pending{request, {}});
      pending->second.waiting.push_back(std::move(ready));
      if (is_new) queue_.push_back(std::move(key));
      start_jobs();
      return;
    }
  }
  ready(std::move(found));
}

void AnswerStore::start_jobs() {
  while (running_ < jobs_at_once_ && !queue_.empty()) {
    std::string key = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    proto::Request request = pending_.at(key).request;
    executor_.submit([this, key = std::move(key), request = std::move(request)] { run(key, request); });
  }
}

void AnswerStore::run(const std::string& key, const proto::Request& request) {
  thread_local proto::Packer packer;
  base::Result<Packed> result = base::fail(base::ErrorKind::io, "");
  if (auto raw = reader_.read(request)) {
    auto answer = std::make_shared<proto::PackedAnswer>();
    answer->raw_length = static_cast<std::uint32_t>(raw->size());
    proto::Packed packed = packer.pack(std::move(*raw), level());
    answer->zstd = packed.zstd;
    answer->payload = std::move(packed.bytes);
    raw_bytes_ += answer->raw_length;
    packed_bytes_ += answer->payload.size();
    result = Packed(std::move(answer));
  } else {
    result = base::Failure(std::move(raw).error());
  }
  std::vector<Ready> waiting;
  {
    const std::scoped_lock lock(mutex_);
    --running_;
    if (auto pending = pending_.extract(key)) waiting = std::move(pending.mapped().waiting);
    if (result) remember(key, *result);
    start_jobs();
    if (cancelled_) return;
  }
  for (Ready& ready : waiting) ready(result);
}

void AnswerStore::remember(const std::string& key, const Packed& answer) {
  recent_.push_front({key, answer});
  cached_.insert_or_assign(key, recent_.begin());
  cached_bytes_ += answer->payload.size();
  while (cached_bytes_ > cache_limit_ && recent_.size() > 1) {
    cached_bytes_ -= recent_.back().answer->payload.size();
    cached_.erase(recent_.back().key);
    recent_.pop_back();
  }
}

void AnswerStore::link_was(bool starved) {
  const int before = ease_.load(std::memory_order_relaxed);
  ease_.store(std::clamp(before + (starved ? -kStarvedWeight : 1), 0, kMostEase), std::memory_order_relaxed);
}

int AnswerStore::level() const { return kLowest + ease_.load(std::memory_order_relaxed) / kEaseStep; }

void AnswerStore::cancel() {
  {
    const std::scoped_lock lock(mutex_);
    cancelled_ = true;
    queue_.clear();
    pending_.clear();
  }
  reader_.cancel();  // after cancelled_: no job may pass the error on
}

}  // namespace g5ksync::app
