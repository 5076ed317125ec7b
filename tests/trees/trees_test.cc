// trees_test: random trees, pushed with random options, judged three ways.
//
//   trees_test SHARE OF      judges its share of the seeds 1 … 200, or of those that G5KSYNC_TREES names: 17, or 1-5000
//
// With one seed, G5KSYNC_TREES_KEEP=FOLDER leaves there what it made: src, before, ours, theirs.
// G5KSYNC_BIN_DIR is the folder of the programs, by default its own. Ends with 1 if any seed fails (it stops
// after the third of its normal ones), 77 without rsync.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "tests/fs/scratch.h"
#include "tests/trees/judge.h"
#include "tests/trees/run.h"

namespace {

using namespace g5ksync;

constexpr int kSkipped = 77;

struct Seeds {
  std::uint64_t first = 1, last = 200;
  int most_failures = 3;
};

Seeds seeds() {
  const char* given = std::getenv("G5KSYNC_TREES");
  if (given == nullptr) return {};
  char* end = nullptr;
  Seeds all;
  all.most_failures = 1'000;
  all.first = all.last = std::strtoull(given, &end, 10);
  if (*end == '-') all.last = std::strtoull(end + 1, nullptr, 10);
  return all;
}

std::string judged(const trees::Workshop& workshop, std::uint64_t seed) {
  try {
    return trees::judge(workshop, seed);
  } catch (const std::exception& error) {
    return std::string("the test itself failed: ") + error.what() + "\n";
  }
}

/// As root every fifth seed is a plain user's: he has files that he may not read. None where he cannot get at the
/// programs.
std::string judged_as_user(const trees::Workshop& workshop, std::uint64_t seed) {
  if (seed % 5 != 0 || ::geteuid() != 0) return judged(workshop, seed);
  const trees::Workshop own{workshop.bin, workshop.scratch + "/plain", workshop.keep};
  std::filesystem::create_directories(own.scratch + "/home");
  ::chmod(workshop.scratch.c_str(), 0755);
  for (const std::string& folder : {own.scratch, own.scratch + "/home"})
    if (::chown(folder.c_str(), 65534, 65534) != 0) return "no folder for a plain user\n";
  return test::as_nobody([&]() -> std::string {
    return ::access((own.bin + "/g5ksync").c_str(), X_OK) == 0 ? judged(own, seed) : std::string();
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t share = argc > 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
  const std::uint64_t of = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const char* bin = std::getenv("G5KSYNC_BIN_DIR");
  if (trees::run({"rsync", "--version"}).code != 0) return kSkipped;
  const char* keep = std::getenv("G5KSYNC_TREES_KEEP");
  const test::ScratchDir scratch;
  const std::string own = std::filesystem::path(argv[0]).parent_path();
  const trees::Workshop workshop{bin != nullptr ? bin : own, keep != nullptr ? keep : scratch.path(), keep != nullptr};
  ::mkdir((workshop.scratch + "/home").c_str(), 0700);
  int failures = 0;
  const Seeds all = seeds();
  for (std::uint64_t seed = all.first; seed <= all.last && failures < all.most_failures; ++seed) {
    if (seed % of != share % of) continue;
    const std::string wrong = judged_as_user(workshop, seed);
    if (wrong.empty()) continue;
    ++failures;
    std::printf("seed %llu fails. To repeat: G5KSYNC_TREES=%llu %s\n%s\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(seed), argv[0], wrong.c_str());
    std::fflush(stdout);
  }
  return failures == 0 ? 0 : 1;
}
