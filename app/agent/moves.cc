#include "app/agent/moves.h"

#include <algorithm>

#include "app/agent/payload.h"
#include "engine/delta/whole_file_sum.h"

namespace g5ksync::app {
namespace {

constexpr std::uint64_t kSmall = std::uint64_t{1} << 20;
constexpr std::uint64_t kCopiedAtOnce = std::uint64_t{16} << 20;

}  // namespace

std::optional<proto::FileOutcome> Moves::bring(const proto::WantedFile& file, const proto::Sum& sum,
                                               proto::DiskResult& result) {
  Elsewhere& elsewhere = destination_.elsewhere();
  auto turn = elsewhere.turn(file.size);
  for (const Elsewhere::Place& place : elsewhere.places(file.entry->entry.name, file.size, file.mtime, sum)) {
    if (cancelled_) return std::nullopt;
    const auto content = look(place, sum);
    if (!content) continue;
    turn.unlock();
    const auto done = put(file, sum, *content);
    if (!done) {
      report_problem(result, file.id, done.error());
      return proto::FileOutcome::failed;
    }
    if (!*done) return std::nullopt;  // it was changed just now
    ++result.counted.files_written, ++result.counted.files_copied;
    result.counted.bytes_written += file.size;
    result.counted.bytes_copied += file.size;
    return proto::FileOutcome::written;
  }
  return std::nullopt;
}

std::optional<Moves::Content> Moves::look(const Elsewhere::Place& place, const proto::Sum& sum) {
  const auto root = destination_.directory(tree::kRoot);
  if (!root) return std::nullopt;
  Content content{destination_.elsewhere().open(**root, place), {}};
  if (!content.file) return std::nullopt;
  const std::uint64_t size = place.file->size;
  if (size > kSmall && place.has_sum) return content;  // the copy will be summed
  proto::Sum got;
  if (size <= kSmall) {
    content.bytes.resize(static_cast<std::size_t>(size));
    const auto count = fs::read_at(*content.file, 0, content.bytes);
    destination_.stepped();
    if (!count || *count < content.bytes.size()) return std::nullopt;
    got = proto::Sum::xxh3(delta::sum_of(content.bytes));
  } else {
    const auto read = sum_of_file(*content.file, size, destination_, cancelled_);
    if (!read) return std::nullopt;
    got = *read;
  }
  destination_.elsewhere().remember(place, got);
  return got == sum ? std::optional(std::move(content)) : std::nullopt;
}

base::Result<bool> Moves::put(const proto::WantedFile& file, const proto::Sum& sum, const Content& content) {
  const std::string& name = file.entry->entry.name;
  G5K_ASSIGN(auto writer, EntryWriter::in(destination_, file.directory));
  if (!content.bytes.empty()) {
    G5K_TRY(writer.write_file(content.bytes, attributes_of(file, destination_), name));
    return true;
  }
  G5K_ASSIGN(const auto temp, writer.create_temp(name));
  G5K_ASSIGN(const bool right, copy(*temp, *content.file, file.size, sum));
  if (right) G5K_TRY(writer.commit(*temp, attributes_of(file, destination_), name));
  return right;
}

/// False where what was copied has another sum.
base::Result<bool> Moves::copy(fs::TempFile& temp, const base::Fd& from, std::uint64_t size, const proto::Sum& sum) {
  std::uint64_t copied = 0;
  const auto copy_and_read = [&](std::uint64_t offset, std::span<std::byte> into) -> base::Result<void> {
    const auto changed = [] { return base::fail(base::ErrorKind::changed, "the file became shorter"); };
    while (copied < offset + into.size()) {
      G5K_ASSIGN(const std::uint64_t more, temp.copy_from(from, copied, std::min(kCopiedAtOnce, size - copied)));
      if (more == 0) return changed();
      copied += more;
    }
    G5K_ASSIGN(const std::size_t count, temp.read_at(offset, into));
    destination_.stepped();
    return count == into.size() && !cancelled_ ? base::Result<void>() : changed();
  };
  const auto got = delta::sum_of(size, copy_and_read);
  if (!got && got.error().kind != base::ErrorKind::changed) return base::Failure(got.error());
  return got && proto::Sum::xxh3(*got) == sum;
}

}  // namespace g5ksync::app
