// Trees for simulated runs, and the referee.
#pragma once

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/app/run/simulation.h"
#include "tests/fs/scratch.h"

namespace g5ksync::test {

/// Sizes around every border of the protocol: empty, bundled, the bundle's limit, ranges of one and several units.
std::size_t draw_size(std::mt19937_64& random);
void write_file(const std::string& path, std::size_t size, std::mt19937_64& random);
std::string random_bytes(std::size_t size, std::mt19937_64& random);
void write(const std::filesystem::path& path, const std::string& bytes);
std::string content_of(const std::filesystem::path& path);
/// All names below `root`, sorted.
std::vector<std::filesystem::path> paths_below(const std::string& root);
/// A tree of a few directories and many files, links and a fifo among them.
void make_tree(const std::string& root, std::mt19937_64& random);

/// rsync's opinion: nothing to do.
bool same_tree(const std::string& a, const std::string& b);
/// Checks that the i-th replica has finished, and that its place is the source.
void check_same(Simulation& run, std::size_t i, const std::string& source, const std::string& place);
/// Whether the run ends by itself; where not, the test says who waits.
bool ends(Simulation& run);
/// G5KSYNC_SEED, or a fixed number.
std::uint64_t base_seed();

/// One source tree and places for replicas.
struct Trees {
  explicit Trees(std::uint64_t seed) : random(seed) {
    scratch.directory("source");
    make_tree(source(), random);
  }
  std::string source() const { return scratch.path("source"); }
  std::vector<std::string> places(int count) const {
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i) all.push_back(scratch.path("replica" + std::to_string(i)));
    return all;
  }
  ScratchDir scratch;
  std::mt19937_64 random;
};

}  // namespace g5ksync::test
