// Answers by request: read and packed once, however many hosts ask the same.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/origin/content.h"
#include "engine/base/executor.h"
#include "proto/session/source_session.h"

namespace g5ksync::app {

/// Packs on the executor, a bounded number of requests at once, and keeps packed answers in a byte-bounded LRU cache
/// for those who ask later; who comes too late has it packed again. Any thread.
class AnswerStore {
 public:
  using Packed = std::shared_ptr<const proto::PackedAnswer>;
  /// An error is the requester's fault. Called on the asking thread or on a worker, under no lock.
  using Ready = std::function<void(base::Result<Packed>)>;

  AnswerStore(base::Executor& executor, ContentReader& reader, std::size_t cache_bytes);

  void get(const proto::Request& request, Ready ready);
  /// Told with every answer taken: whether its host's link had run out of bytes to send, or still had plenty. The
  /// packing level goes down with the one and up with the other.
  void link_was(bool starved);
  /// Drops what waits; running jobs end at their next step. Nobody is called any more.
  void cancel();

  std::uint64_t raw_bytes() const { return raw_bytes_; }
  std::uint64_t packed_bytes() const { return packed_bytes_; }

 private:
  struct Cached {
    std::string key;
    Packed answer;
  };
  struct Pending {
    proto::Request request;
    std::vector<Ready> waiting;
  };
  void start_jobs();  // with the lock held
  void run(const std::string& key, const proto::Request& request);
  void remember(const std::string& key, const Packed& answer);
  int level() const;

  base::Executor& executor_;
  ContentReader& reader_;
  const std::size_t cache_limit_;
  const std::size_t jobs_at_once_;

  std::mutex mutex_;
  std::unordered_map<std::string, Pending> pending_;
  std::deque<std::string> queue_;  // keys of pending_ whose job has not started
  std::size_t running_ = 0;
  std::list<Cached> recent_;  // newest first
  std::unordered_map<std::string, std::list<Cached>::iterator> cached_;
  std::size_t cached_bytes_ = 0;
  bool cancelled_ = false;
  std::atomic<int> ease_{0};  // 0: links starve … kMostEase: packing keeps well ahead of them
  std::atomic<std::uint64_t> raw_bytes_{0}, packed_bytes_{0};
};

}  // namespace g5ksync::app
