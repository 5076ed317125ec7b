// search: speed of the delta kernel in memory, in GB/s of input.
//
//   search [scalar|avx2|avx512] [MiB, default 512] [only rows with this in their name]
//
// Rows: signatures, search of unrelated data with 1 and 2 threads, and of data with 1 % of its 4 KiB pages edited; all
// with one level of 4 KiB blocks, best of five. On a machine that others use too, the second figure is the one
// to look at.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string_view>

#include "bench/micro/cpu_time.h"
#include "engine/delta/matcher.h"
#include "engine/delta/window_hash.h"
#include "engine/exec/threads.h"

namespace {

using namespace g5ksync;

constexpr delta::Level kLevel[] = {{4096, 6, 6}};

base::Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  base::Bytes bytes(size);
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, 8);
  }
  return bytes;
}

struct Times {
  double wall = 1e9, cpu = 1e9;
};

Times time_of(const std::function<void()>& work) {
  const double cpu = bench::cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), bench::cpu_seconds() - cpu};
}

std::string_view wanted_rows;

void row(std::string_view name, std::size_t bytes, const std::function<Times()>& times) {
  if (name.find(wanted_rows) == name.npos) return;
  Times best;
  for (int i = 0; i < 5; ++i) {
    const Times now = times();
    best = {std::min(best.wall, now.wall), std::min(best.cpu, now.cpu)};
  }
  const double size = static_cast<double>(bytes) / 1e9;
  std::printf("%-40s %6.2f GB/s %6.2f GB per CPU second\n", name.data(), size / best.wall, size / best.cpu);
}

base::Bytes sign(const base::Bytes& fresh) {
  base::Bytes encoded;
  delta::append_signature(encoded, kLevel[0], fresh);
  return encoded;
}

Times search_times(const base::Bytes& fresh, const base::Bytes& encoded, const base::Bytes& basis, int threads) {
  exec::ThreadExecutor executor(threads);
  delta::MemoryBasis reader(basis);
  delta::Matcher matcher(fresh.size(), basis.size(), kLevel);
  const auto request = matcher.next_request(delta::Matcher::kMaxWindow);
  if (!request || !matcher.take(*request, encoded)) std::abort();
  return time_of([&] { (void)matcher.search(reader, executor); });
}

void choose_path(std::string_view name) {
  const delta::SimdPath wanted = name == "scalar" ? delta::SimdPath::scalar
                                 : name == "avx2" ? delta::SimdPath::avx2
                                                  : delta::SimdPath::avx512;
  const auto all = delta::supported_paths();
  if (std::find(all.begin(), all.end(), wanted) == all.end()) std::puts("not on this CPU"), std::exit(1);
  delta::use_path(wanted);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) choose_path(argv[1]);
  if (argc > 3) wanted_rows = argv[3];
  const std::size_t size = (argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 512) << 20;
  const base::Bytes basis = random_bytes(size, 1), unrelated = random_bytes(size, 2);
  base::Bytes edited = basis;
  std::mt19937_64 random(3);
  for (std::size_t i = 0; i < size / 4096 / 100; ++i) edited[random() % size] ^= std::byte{1};
  const base::Bytes unrelated_sums = sign(unrelated), edited_sums = sign(edited);
  row("window hash alone", size, [&] {
    std::vector<std::uint32_t> positions;
    return time_of([&] { delta::append_candidates(basis, 128, positions); });
  });
  row("signature", size, [&] { return time_of([&] { sign(basis); }); });
  row("search, unrelated, 1 thread", size, [&] { return search_times(unrelated, unrelated_sums, basis, 1); });
  row("search, unrelated, 2 threads", size, [&] { return search_times(unrelated, unrelated_sums, basis, 2); });
  row("search, 1 % of pages edited, 1 thread", size, [&] { return search_times(edited, edited_sums, basis, 1); });
}
