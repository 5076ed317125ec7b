// Holes and hard links.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/fs/scratch.h"

using namespace g5ksync;
using test::ScratchDir;

namespace {

std::uint64_t blocks_of(const ScratchDir& at, const std::string& name) {
  struct stat raw;
  REQUIRE(::stat(at.path(name).c_str(), &raw) == 0);
  return static_cast<std::uint64_t>(raw.st_blocks);
}

}  // namespace

TEST_CASE("a sparse file has the bytes that were written, whatever the pieces, and holes for zeros") {
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (int round = 0; round < 20; ++round) {
    std::string bytes(200'000 + below(100'000), '\0');
    for (std::size_t i = below(9'000); i < bytes.size(); i += below(30'000) + 1) bytes[i] = 'x';
    const ScratchDir at;
    auto file = at.open()->create_temp(".temp").value();
    file->make_sparse();
    std::vector<std::pair<std::size_t, std::size_t>> pieces;
    for (std::size_t from = 0; from < bytes.size(); from += pieces.back().second)
      pieces.emplace_back(from, std::min(bytes.size() - from, below(50'000) + 1));
    std::shuffle(pieces.begin(), pieces.end(), random);
    for (const auto& [from, size] : pieces) {
      REQUIRE(file->write_at(from, base::view_of(std::string(size, 'o'))));  // as of an attempt before
      REQUIRE(file->write_at(from, base::view_of(bytes).subspan(from, size)));
    }
    REQUIRE(file->commit({}, "file"));
    CHECK(at.content("file") == bytes);
  }
}

TEST_CASE("zeros alone take no room") {
  const ScratchDir at;
  auto file = at.open()->create_temp(".temp").value();
  file->make_sparse();
  const base::Bytes zeros(1 << 20);
  for (std::uint64_t i = 0; i < 8; ++i) REQUIRE(file->write_at(i << 20, zeros));
  REQUIRE(file->commit({}, "file"));
  CHECK(at.content("file").size() == std::size_t{8} << 20);
  CHECK(blocks_of(at, "file") < 64);
}

TEST_CASE("a link is another name, of links too, and never leaves the two directories") {
  const ScratchDir at;
  at.directory("d");
  at.file("f", "x");
  at.symlink("s", "/etc");
  const auto root = at.open();
  const auto inner = root->open_directory("d").value();
  REQUIRE(inner->make_link("g", *root, "f"));
  REQUIRE(inner->make_link("t", *root, "s"));
  CHECK(inner->stat("g").value().ino == root->stat("f").value().ino);
  CHECK(inner->stat("t").value().type == fs::FileType::symlink);
  CHECK(inner->stat("t").value().ino == root->stat("s").value().ino);
  CHECK_FALSE(inner->make_link("g", *root, "f"));
  CHECK_FALSE(inner->make_link("../h", *root, "f"));
  CHECK_FALSE(inner->make_link("h", *root, "d/g"));
  CHECK_FALSE(inner->make_link("h", *root, "d"));
}
