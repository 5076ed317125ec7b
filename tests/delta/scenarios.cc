#include "tests/delta/scenarios.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_map>

namespace g5ksync::delta::testing {
namespace {

std::size_t below(Random& random, std::size_t limit) { return static_cast<std::size_t>(random() % limit); }

void append(base::Bytes& to, std::string_view text) {
  const base::ByteView bytes = base::view_of(text);
  to.insert(to.end(), bytes.begin(), bytes.end());
}

std::string line(Random& random) {
  static constexpr std::string_view words[] = {"static ", "int ", "return ", "struct ", "if (",
                                               "size",    " = ",  "buffer",  ";",       "0x"};
  std::string text(below(random, 3) * 4, ' ');
  for (std::size_t count = 2 + below(random, 8); count > 0; --count) text += words[below(random, std::size(words))];
  return text + std::to_string(random() % 100000) + "\n";
}

base::Bytes text(Random& random, std::size_t size) {
  base::Bytes bytes;
  while (bytes.size() < size) append(bytes, line(random));
  bytes.resize(size);
  return bytes;
}

/// Edits of each 1 in 100 pages: bytes replaced, inserted or deleted.
enum class Edit { replace, insert, erase };
base::Bytes scattered(Random& random, base::Bytes bytes, Edit edit) {
  for (std::size_t count = bytes.size() / 4096 / 100 + 1; count > 0; --count) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(below(random, bytes.size() - 100));
    const auto end = at + static_cast<std::ptrdiff_t>(1 + below(random, 60));
    const base::Bytes fresh = random_bytes(random, static_cast<std::size_t>(end - at));
    if (edit == Edit::replace) std::copy(fresh.begin(), fresh.end(), at);
    if (edit == Edit::insert) bytes.insert(at, fresh.begin(), fresh.end());
    if (edit == Edit::erase) bytes.erase(at, end);
  }
  return bytes;
}

/// Files of text with a header of 512 bytes each, as in a tar; `version` changes every header and some files.
base::Bytes archive(std::size_t size, std::uint64_t seed, int version) {
  Random random(seed), changes(seed + static_cast<std::uint64_t>(version));
  base::Bytes all;
  for (int file = 0; all.size() < size; ++file) {
    base::Bytes content = text(random, 500 + below(random, 20'000));
    if (version != 0 && changes() % 15 == 0) content = scattered(changes, std::move(content), Edit::insert);
    base::Bytes header(512);
    const std::string name = "linux/drivers/some/file" + std::to_string(file) + ".c",
                      time = std::to_string(14712345670 + version);
    std::ranges::copy(base::view_of(name), header.begin());
    std::ranges::copy(base::view_of(time), header.begin() + 136);
    all.insert(all.end(), header.begin(), header.end());
    all.insert(all.end(), content.begin(), content.end());
    all.resize((all.size() + 511) / 512 * 512);
  }
  return all;
}

base::Bytes periodic(Random& random, std::size_t period, std::size_t size) {
  base::Bytes bytes = random_bytes(random, period);
  while (bytes.size() < size) bytes.push_back(bytes[bytes.size() - period]);
  return bytes;
}

/// Text of a short period, of which a byte every so often is another: no small hashes, and anchors everywhere.
base::Bytes broken(Random& random, base::Bytes bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += 173) bytes[at] = static_cast<std::byte>(random());
  return bytes;
}

/// Pages of 8 KiB with a counter each; rows are changed in one page of twenty.
Scenario database(Random& random, std::size_t size) {
  base::Bytes pages = random_bytes(random, size), fresh = pages;
  for (std::size_t page = 0; page < size; page += 8192) {
    std::fill_n(pages.begin() + static_cast<std::ptrdiff_t>(page + 5000), 3000, std::byte{0});
    std::fill_n(fresh.begin() + static_cast<std::ptrdiff_t>(page + 5000), 3000, std::byte{0});
    if (random() % 20 != 0) continue;
    for (std::size_t i = 0; i < 8; ++i) fresh[page + i] ^= std::byte{0x55};
    for (std::size_t i = 0; i < 40; ++i) fresh[page + 5000 + i] = static_cast<std::byte>(random());
  }
  return {"database pages", pages, fresh};
}

/// Many blocks, few different ones, in another order.
Scenario repeated(Random& random, std::size_t size) {
  std::vector<base::Bytes> blocks;
  for (int i = 0; i < 50; ++i) blocks.push_back(random_bytes(random, 4096));
  const auto shuffled = [&] {
    base::Bytes bytes;
    while (bytes.size() < size) {
      const base::Bytes& block = blocks[below(random, blocks.size())];
      bytes.insert(bytes.end(), block.begin(), block.end());
    }
    return bytes;
  };
  base::Bytes basis = shuffled();
  return {"repeated blocks", std::move(basis), shuffled()};
}

}  // namespace

base::Bytes random_bytes(Random& random, std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t at = 0; at < size; at += 8) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, std::min<std::size_t>(8, size - at));
  }
  return bytes;
}

std::vector<Scenario> scenarios(Random& random, std::size_t size) {
  const base::Bytes noise = random_bytes(random, size), log = text(random, size);
  base::Bytes grown = log, shifted = random_bytes(random, 777), empty(size), dotted = empty;
  const base::Bytes more = text(random, size / 50), short_text = periodic(random, 55, size);
  grown.insert(grown.end(), more.begin(), more.end());
  shifted.insert(shifted.end(), noise.begin(), noise.end());
  for (std::size_t at = 50'000; at < size; at += 100'000) dotted[at] = std::byte{1};
  std::vector<Scenario> all{
      {"edits", noise, scattered(random, noise, Edit::replace)},
      {"insertions", noise, scattered(random, noise, Edit::insert)},
      {"deletions", noise, scattered(random, noise, Edit::erase)},
      {"edited text", log, scattered(random, log, Edit::replace)},
      {"tar of the next version", archive(size, 7, 0), archive(size, 7, 1)},
      database(random, size),
      {"grown log", log, grown},
      {"shifted", noise, shifted},
      {"zeros", empty, dotted},
      {"zeros from noise", noise, dotted},
      {"period 55", short_text, scattered(random, short_text, Edit::insert)},
      {"period 55 from little", base::Bytes(short_text.begin(), short_text.begin() + 20'000), short_text},
      {"period 55, broken every 173", broken(random, short_text), broken(random, short_text)},
      repeated(random, size),
  };
  const base::Bytes long_text = periodic(random, 3000, size);
  all.push_back({"period 3000", long_text, scattered(random, long_text, Edit::erase)});
  all.push_back({"period 3000 from little", base::Bytes(long_text.begin(), long_text.begin() + 40'000), long_text});
  for (Scenario& scenario : all) scenario.fresh.resize(scenario.fresh.size() / 16384 * 16384);
  return all;
}

std::uint64_t reference_literals(base::ByteView fresh, base::ByteView basis, std::size_t block) {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15;
  std::uint64_t top = 1;
  for (std::size_t i = 0; i < block; ++i) top *= factor;
  const auto value = [](std::byte byte) { return (std::to_integer<std::uint64_t>(byte) + 1) * 0xD6E8FEB86659FD93; };
  const auto hash = [&](base::ByteView bytes) {
    std::uint64_t sum = 0;
    for (const std::byte byte : bytes) sum = sum * factor + value(byte);
    return sum;
  };
  std::unordered_map<std::uint64_t, std::uint64_t> missing;  // hash: bytes
  for (std::size_t at = 0; at + block <= fresh.size(); at += block) {
    const base::ByteView part = fresh.subspan(at, block);
    if (!std::all_of(part.begin(), part.end(), [&](std::byte byte) { return byte == part[0]; }))
      missing[hash(part)] += block;
  }
  if (basis.size() >= block) {
    std::uint64_t sum = hash(basis.first(block));
    for (std::size_t at = 0;; ++at) {
      missing.erase(sum);
      if (at + block == basis.size()) break;
      sum = sum * factor + value(basis[at + block]) - top * value(basis[at]);
    }
  }
  std::uint64_t literals = 0;
  for (const auto& [sum, bytes] : missing) literals += bytes;
  return literals;
}

}  // namespace g5ksync::delta::testing
