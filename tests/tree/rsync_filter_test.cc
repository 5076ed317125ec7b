// Our filter rules against rsync's own: random small trees, random patterns, the same choice.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <set>

#include "tests/fs/scratch.h"
#include "tests/tree/recorder.h"
#include "tests/tree/run_rsync.h"

using namespace g5ksync;
using test::ScratchDir;
using tree::FilterAction;
using tree::FilterRules;

namespace {

using Random = std::mt19937;

template <std::size_t N>
std::string one_of(Random& random, const std::array<const char*, N>& words) {
  return words[random() % N];
}

std::string random_name(Random& random) {
  static constexpr std::array words{"a",    "b",  "ab",   "aa", "ba",  "a.o", "b.o",
                                    "x[a]", "a*", "a\\b", "-",  "abc", "?",   "]"};
  return one_of(random, words);
}

void plant(const ScratchDir& at, Random& random) {
  std::vector<std::string> directories{"src/"};
  std::set<std::string> all{"src"};
  at.directory("src");
  for (int i = 0; i < 16; ++i) {
    const std::string path = directories[random() % directories.size()] + random_name(random);
    if (!all.insert(path).second) continue;
    if (random() % 2 == 0) {
      at.directory(path);
      directories.push_back(path + "/");
    } else {
      at.file(path);
    }
  }
}

std::string random_pattern(Random& random) {
  static constexpr std::array parts{
      "a",   "b",    "a",    "b",    "/",     "/",    "*",    "**",          "***",
      "?",   "[ab]", "[!a]", "[^b]", "[a-b]", "[]a]", "[b-]", "[[:alpha:]]", "[[:lower:].]",
      "\\a", "\\*",  "]",    "-",    ".o",    "ab",   "src",  "*.o",         "a*"};
  std::string pattern = random() % 4 == 0 ? "/" : "";
  const auto length = 1 + random() % 4;
  for (unsigned i = 0; i < length; ++i) pattern += one_of(random, parts);
  if (random() % 5 == 0) pattern += "/";
  if (random() % 12 == 0) pattern += "/***";
  return pattern;
}

struct RandomRules {
  FilterRules rules;
  std::vector<std::string> arguments;  // the same, for rsync
};

RandomRules random_rules(Random& random) {
  RandomRules made;
  const auto wanted = 1 + random() % 3;
  while (made.arguments.size() < wanted) {
    const std::string pattern = random_pattern(random);
    const bool include = random() % 3 == 0;
    if (!made.rules.add(include ? FilterAction::include : FilterAction::exclude, pattern)) continue;
    made.arguments.push_back((include ? "--include=" : "--exclude=") + pattern);
  }
  return made;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

std::string ours(const ScratchDir& at, const FilterRules& rules, bool contents) {
  const auto recorder = contents ? test::scan_contents(at.open()->open_directory("src").value(), rules)
                                 : test::scan_contents(at.open(), rules);
  std::vector<std::string> paths;
  for (const auto& [path, entry] : recorder->entries) paths.push_back(path);
  return joined(paths);
}

std::string theirs(const ScratchDir& at, const std::string& empty, std::vector<std::string> arguments, bool contents) {
  arguments.insert(arguments.end(), {"-rn", "--out-format=%n", at.path() + (contents ? "/src/" : "/src"), empty});
  std::vector<std::string> lines;
  for (std::string line : test::run_rsync(arguments)) {
    if (line == "./" || line.empty()) continue;
    if (line.back() == '/') line.pop_back();
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return joined(lines);
}

}  // namespace

TEST_CASE("random rules choose what rsync's choose") {
  if (!test::have_rsync()) return;
  const std::uint32_t seed = test::test_seed();
  const ScratchDir empty;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  int trees = 0, choices = 0;
  for (; trees < 200 && std::chrono::steady_clock::now() < end; ++trees) {
    Random random(seed + static_cast<std::uint32_t>(trees));
    const ScratchDir at;
    plant(at, random);
    for (int round = 0; round < 3; ++round, ++choices) {
      const RandomRules made = random_rules(random);
      const bool contents = random() % 2 == 0;
      INFO("G5KSYNC_TEST_SEED=" << seed + static_cast<std::uint32_t>(trees) << (contents ? " contents" : " by name"));
      INFO("rules:\n" << joined(made.arguments));
      REQUIRE(ours(at, made.rules, contents) == theirs(at, empty.path(), made.arguments, contents));
    }
  }
  std::printf("%d trees, %d lists of rules, seed %u\n", trees, choices, seed);
}
