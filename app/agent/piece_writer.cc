#include "app/agent/piece_writer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace g5ksync::app {
namespace {

constexpr std::size_t kWaiting = 16;  // pieces
/// Where a file is replaced by rename, ext4 begins to put its content on the disk then, and the rename waits until all
/// of it is on its way (auto_da_alloc in ext4(5)); so it is begun on the way, in parts of this size.
constexpr std::uint64_t kWriteback = std::uint64_t{8} << 20;

}  // namespace

struct PieceWriter::Queue {
  struct Piece {
    std::uint64_t offset;
    base::Bytes bytes;
  };
  explicit Queue(fs::TempFile& file) : out(file) {}

  fs::TempFile& out;  // good as long as pieces wait, or one is being written
  std::mutex mutex;
  std::condition_variable written;
  std::deque<Piece> waiting;
  std::vector<base::Bytes> used;
  std::uint64_t begun = 0;  // to be put on the disk, up to here; of who writes
  bool writing = false, job_out = false;
  std::optional<base::Error> error;

  /// Until no more than `most` wait; whoever else writes a piece is waited for.
  void write_down_to(std::unique_lock<std::mutex>& lock, std::size_t most) {
    while (waiting.size() > most || (most == 0 && writing)) {
      if (writing) {
        written.wait(lock);
      } else {
        write_one(lock);
      }
    }
  }
  void write_one(std::unique_lock<std::mutex>& lock) {
    Piece piece = std::move(waiting.front());
    waiting.pop_front();
    writing = true;
    lock.unlock();
    const auto result = out.write_at(piece.offset, piece.bytes);
    const std::uint64_t end = piece.offset + piece.bytes.size();
    if (end - begun >= kWriteback) {
      out.begin_writeback(begun, end - begun);
      begun = end;
    }
    lock.lock();
    writing = false;
    if (!result && !error) error = result.error();
    if (error) waiting.clear();
    used.push_back(std::move(piece.bytes));
    written.notify_all();
  }
  void job() {
    std::unique_lock lock(mutex);
    while (!waiting.empty() && !writing) write_one(lock);
    job_out = false;
  }
  base::Result<void> state() const { return error ? base::Result<void>(base::Failure(*error)) : base::Result<void>{}; }
};

PieceWriter::PieceWriter(fs::TempFile& out, base::Executor* executor)
    : queue_(std::make_shared<Queue>(out)),
      executor_(executor != nullptr && executor->concurrency() > 1 ? executor : nullptr) {}

PieceWriter::~PieceWriter() {
  std::unique_lock lock(queue_->mutex);
  queue_->waiting.clear();
  queue_->write_down_to(lock, 0);
}

base::Bytes PieceWriter::buffer() {
  const std::scoped_lock lock(queue_->mutex);
  if (queue_->used.empty()) return {};
  base::Bytes bytes = std::move(queue_->used.back());
  queue_->used.pop_back();
  return bytes;
}

base::Result<void> PieceWriter::put(std::uint64_t offset, base::Bytes piece) {
  std::unique_lock lock(queue_->mutex);
  if (queue_->error) return queue_->state();
  queue_->waiting.push_back({offset, std::move(piece)});
  if (executor_ != nullptr && !queue_->job_out) {
    queue_->job_out = true;
    executor_->submit([queue = queue_] { queue->job(); });
  }
  queue_->write_down_to(lock, executor_ != nullptr ? kWaiting : 0);
  return queue_->state();
}

base::Result<void> PieceWriter::finish() {
  std::unique_lock lock(queue_->mutex);
  queue_->write_down_to(lock, 0);
  return queue_->state();
}

}  // namespace g5ksync::app
