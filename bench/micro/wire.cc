// wire: what the delta exchange of two files, or of two trees, puts on the wire. Prints bytes of signatures by level,
// requests, literals (raw, zstd -3) and CPU seconds of both ends.
//
//   wire OLD NEW [--threads N] [--levels 8192:4:5,1024:4:4,256:3:0]   (block:sum bytes:locator bytes)
//
// Trees: files of NEW that differ from the file of the same name in OLD. Files are memory-mapped; each is rebuilt from
// its tokens and compared, so a figure printed is one of a run that worked.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>

#include "bench/micro/cpu_time.h"
#include "engine/delta/matcher.h"
#include "engine/exec/threads.h"

namespace {

using namespace g5ksync;
namespace stdfs = std::filesystem;

class Mapped {
 public:
  explicit Mapped(const stdfs::path& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) != 0) std::perror(path.c_str()), std::exit(1);
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ != 0) data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
  }
  ~Mapped() {
    if (size_ != 0) munmap(data_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  base::ByteView bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Copies what is read, as reading a file does.
class CountingBasis final : public delta::BasisReader {
 public:
  explicit CountingBasis(base::ByteView bytes) : memory_(bytes) {}
  base::Result<base::ByteView> read(std::uint64_t offset, std::size_t length, base::Bytes& scratch) override {
    G5K_ASSIGN(const base::ByteView bytes, memory_.read(offset, length, scratch));
    if (scratch.size() < bytes.size()) scratch.resize(bytes.size());
    std::memcpy(scratch.data(), bytes.data(), bytes.size());
    bytes_ += bytes.size();
    return base::ByteView(scratch).first(bytes.size());
  }
  std::uint64_t bytes_read() const { return bytes_; }

 private:
  delta::MemoryBasis memory_;
  std::atomic<std::uint64_t> bytes_{0};
};

struct Totals {
  std::map<unsigned, std::pair<std::uint64_t, std::uint64_t>> by_block;  // block size: entries, bytes
  std::uint64_t files = 0, bytes = 0, request_bytes = 0, literal_bytes = 0, packed_bytes = 0, wrong = 0, tokens = 0,
                basis_read = 0;
  double source_seconds = 0, replica_seconds = 0;
  base::Bytes literals;
};

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 128; value >>= 7) ++size;
  return size;
}

/// Ranges as gaps and counts in varints.
std::size_t request_size(const std::vector<delta::BlockRange>& ranges) {
  std::size_t size = 8;
  std::uint64_t at = 0;
  for (const delta::BlockRange& range : ranges) {
    size += varint_size(range.first - at) + varint_size(range.count);
    at = range.first + range.count;
  }
  return size;
}

void pack(Totals& totals) {
  base::Bytes packed(ZSTD_compressBound(totals.literals.size()));
  totals.packed_bytes += ZSTD_compress(packed.data(), packed.size(), totals.literals.data(), totals.literals.size(), 3);
  totals.literals.clear();
}

void count_literals(Totals& totals, base::ByteView fresh, base::ByteView basis,
                    const std::vector<delta::Token>& tokens) {
  std::size_t at = 0;
  bool right = true;
  std::vector<delta::BlockRange> ranges;
  for (const delta::Token& token : tokens) {
    const base::ByteView part = fresh.subspan(at, static_cast<std::size_t>(token.length));
    if (token.kind == delta::TokenKind::literal) {
      totals.literal_bytes += part.size();
      for (std::size_t from = 0; from < part.size(); from += 1 << 20) {
        const auto piece = part.subspan(from, std::min<std::size_t>(1 << 20, part.size() - from));
        totals.literals.insert(totals.literals.end(), piece.begin(), piece.end());
        if (totals.literals.size() >= 1 << 20) pack(totals);
      }
      ranges.push_back({at / 64, (part.size() + 63) / 64});
    } else if (token.kind == delta::TokenKind::copy) {
      right = right && std::memcmp(part.data(), basis.data() + token.basis_offset, part.size()) == 0;
    }
    at += part.size();
  }
  totals.request_bytes += request_size(ranges);
  totals.tokens += tokens.size();
  if (!right) ++totals.wrong;
}

void exchange(Totals& totals, base::ByteView fresh, base::ByteView basis, std::span<const delta::Level> levels,
              base::Executor& executor) {
  CountingBasis reader(basis);
  if (levels.empty()) levels = delta::levels_for(fresh.size());
  delta::Matcher matcher(fresh.size(), basis.size(), levels);
  double mark = bench::cpu_seconds();
  while (!matcher.finished()) {
    while (const auto request = matcher.next_request(65536)) {
      const delta::Level& level = levels[request->level];
      const double before = bench::cpu_seconds();
      base::Bytes encoded;
      for (const delta::BlockRange& range : request->ranges) {
        const auto begin = static_cast<std::size_t>(range.first * level.block);
        const auto whole = static_cast<std::size_t>(range.count * level.block);
        delta::append_signature(encoded, level, fresh.subspan(begin, std::min(whole, fresh.size() - begin)));
      }
      const double spent = bench::cpu_seconds() - before;
      totals.source_seconds += spent;
      mark += spent;
      auto& row = totals.by_block[level.block];
      row.first += request->blocks();
      row.second += encoded.size();
      totals.request_bytes += request_size(request->ranges);
      if (!matcher.take(*request, encoded)) std::abort();
    }
    if (!matcher.search(reader, executor)) std::abort();
  }
  const std::vector<delta::Token> tokens = matcher.tokens();
  totals.replica_seconds += bench::cpu_seconds() - mark;
  totals.bytes += fresh.size();
  totals.basis_read += reader.bytes_read();
  ++totals.files;
  count_literals(totals, fresh, basis, tokens);
}

void print(const Totals& totals) {
  std::uint64_t signatures = 0;
  for (auto row = totals.by_block.rbegin(); row != totals.by_block.rend(); ++row) {
    std::printf("signatures %6u B  %10lu entries %11lu bytes\n", row->first, row->second.first, row->second.second);
    signatures += row->second.second;
  }
  std::printf("signatures           %28lu bytes\n", signatures);
  std::printf("read from the basis  %28lu bytes\n", totals.basis_read);
  std::printf("literals raw         %28lu bytes\n", totals.literal_bytes);
  std::printf("literals zstd -3     %28lu bytes\n", totals.packed_bytes);
  std::printf("source to replica    %28lu bytes\n", signatures + totals.packed_bytes);
  std::printf("requests             %28lu bytes\n", totals.request_bytes);
  std::printf("files %lu, %lu bytes, %lu tokens, wrong %lu; CPU source %.2f s, replica %.2f s\n", totals.files,
              totals.bytes, totals.tokens, totals.wrong, totals.source_seconds, totals.replica_seconds);
}

std::vector<delta::Level> parse_levels(const char* text) {
  std::vector<delta::Level> levels;
  unsigned block = 0, sum = 0, locator = 0;
  int used = 0;
  while (std::sscanf(text, "%u:%u:%u%n", &block, &sum, &locator, &used) == 3) {
    levels.push_back({block, static_cast<std::uint8_t>(sum), static_cast<std::uint8_t>(locator)});
    text += used + (text[used] == ',' ? 1 : 0);
  }
  return levels;
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 1;
  std::vector<delta::Level> levels;
  for (int i = 3; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--threads") == 0) threads = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--levels") == 0) levels = parse_levels(argv[i + 1]);
  }
  if (argc < 3) return std::puts("usage: wire OLD NEW [--threads N] [--levels BLOCK:SUM:LOCATOR,…]"), 2;
  const stdfs::path old_root = argv[1], new_root = argv[2];
  exec::ThreadExecutor executor(threads);
  Totals totals;
  const auto compare = [&](const stdfs::path& old_path, const stdfs::path& new_path) {
    const Mapped basis(old_path), fresh(new_path);
    const bool same = basis.bytes().size() == fresh.bytes().size() &&
                      std::memcmp(basis.bytes().data(), fresh.bytes().data(), basis.bytes().size()) == 0;
    if (!same && !fresh.bytes().empty()) exchange(totals, fresh.bytes(), basis.bytes(), levels, executor);
  };
  if (!stdfs::is_directory(new_root)) {
    compare(old_root, new_root);
  } else {
    std::vector<stdfs::path> names;
    for (const auto& file : stdfs::recursive_directory_iterator(new_root)) {
      if (file.is_regular_file() && !file.is_symlink()) names.push_back(stdfs::relative(file.path(), new_root));
    }
    std::sort(names.begin(), names.end());
    for (const stdfs::path& name : names) {
      const stdfs::path twin = old_root / name;
      if (stdfs::is_regular_file(twin) && !stdfs::is_symlink(twin)) compare(twin, new_root / name);
    }
  }
  pack(totals);
  print(totals);
}
