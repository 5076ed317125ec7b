#include "app/agent/basis.h"

#include <algorithm>

#include "app/agent/entry_writer.h"

namespace g5ksync::app {

void Basis::add(base::Fd file, std::uint64_t size) {
  const std::uint64_t begin = parts_.empty() ? 0 : parts_.back().end;
  parts_.push_back({std::move(file), begin, begin + size});
}

base::Result<Basis> Basis::open(const proto::WantedFile& file, Destination& destination) {
  const tree::FileEntry& entry = file.entry->entry;
  Basis basis(destination);
  G5K_ASSIGN(auto writer, EntryWriter::in(destination, file.directory));
  auto old = writer.directory().open_file(entry.name);
  if (old) {
    G5K_ASSIGN(const fs::Stat stat, fs::stat_of(*old));
    basis.add(std::move(*old), stat.size);
    basis.old_stat_ = stat;
  }
  for (const Leftovers::Part& part : destination.leftovers().of(file.directory, entry.name, entry.stat.size))
    if (auto left = writer.directory().open_file(part.name)) basis.add(std::move(*left), part.size);
  if (basis.parts_.empty()) return base::Failure(std::move(old).error());
  return basis;
}

base::Result<base::ByteView> Basis::read(std::uint64_t offset, std::size_t length, base::Bytes& scratch) {
  if (scratch.size() < length) scratch.resize(length);
  G5K_ASSIGN(const std::size_t count, read(offset, std::span(scratch).first(length)));
  return base::ByteView(scratch).first(count);
}

base::Result<std::size_t> Basis::read(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  for (const Part& part : parts_) {
    if (done == into.size() || offset + done < part.begin) break;
    if (offset + done >= part.end) continue;
    const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(into.size() - done, part.end - offset - done));
    G5K_ASSIGN(const std::size_t count, fs::read_at(part.file, offset + done - part.begin, into.subspan(done, some)));
    destination_->stepped();
    done += count;
    if (count < some) break;
  }
  return done;
}

}  // namespace g5ksync::app
