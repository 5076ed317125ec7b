// Our filter rules against rsync's own: random small trees, random patterns, the same choice.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/exec/inline.h"
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

/// A random tree in the directory `root`.
void plant(const ScratchDir& at, const std::string& root, Random& random) {
  std::vector<std::string> directories{root + "/"};
  std::set<std::string> all{root};
  at.directory(root);
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
  std::vector<std::string> text;  // the same, "+ pattern" or "- pattern"
};

/// With a `root`, as in a file of rules that lies in that directory of the root: what is anchored is so there, and the
/// directory's own name is not touched.
RandomRules random_rules(Random& random, const std::string& root) {
  RandomRules made;
  const std::string anchor = root.empty() ? "" : "/" + root;
  if (!root.empty()) REQUIRE(made.rules.add(FilterAction::include, anchor));
  const auto wanted = 1 + random() % 3;
  while (made.text.size() < wanted) {
    const std::string pattern = random_pattern(random);
    const bool anchored = pattern.front() == '/';
    const std::string sign = random() % 3 == 0 ? "+ " : "- ";
    if (pattern == "/" || !made.rules.add(FilterAction::exclude, sign + (anchored ? anchor : "") + pattern)) continue;
    made.text.push_back(sign + pattern);
  }
  return made;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

std::string ours(const tree::Source& source, const FilterRules& rules) {
  exec::InlineExecutor executor;
  const auto recorder = test::scan(executor, {source}, rules);
  std::vector<std::string> paths;
  for (const auto& [path, entry] : recorder->entries) paths.push_back(path);
  return joined(paths);
}

std::vector<std::string> theirs(std::vector<std::string> arguments, const std::string& source,
                                const std::string& empty) {
  arguments.insert(arguments.end(), {"-rn", "--out-format=%n", source, empty});
  std::vector<std::string> lines;
  for (std::string line : test::run_rsync(arguments)) {
    if (line == "./" || line.empty()) continue;
    if (line.back() == '/') line.pop_back();
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// One run of rsync judges so many trees, each with a file of rules of its own.
constexpr std::uint32_t kTreesInOneRun = 50;

void judge_many(std::uint32_t seed) {
  const ScratchDir at, empty;
  std::vector<RandomRules> all_rules;
  std::vector<std::string> roots;
  for (std::uint32_t i = 0; i < kTreesInOneRun; ++i) {
    Random random(seed + i);
    roots.push_back("t" + std::to_string(i));
    plant(at, roots.back(), random);
    all_rules.push_back(random_rules(random, roots.back()));
    at.file(roots.back() + "/.rules", joined(all_rules.back().text));
  }
  const auto all = theirs({"--filter=dir-merge,e .rules"}, at.path() + "/", empty.path());
  for (std::uint32_t i = 0; i < kTreesInOneRun; ++i) {
    const std::string& root = roots[i];
    REQUIRE(at.open()->open_directory(root).value()->remove_file(".rules"));
    std::vector<std::string> chosen;
    std::ranges::copy_if(all, std::back_inserter(chosen),
                         [&](const std::string& path) { return path == root || path.starts_with(root + "/"); });
    INFO("G5KSYNC_TEST_SEED=" << seed << " tree " << i << " rules:\n" << joined(all_rules[i].text));
    REQUIRE(ours({at.open(), root}, all_rules[i].rules) == joined(chosen));
  }
}

}  // namespace

TEST_CASE("random rules choose what rsync's choose, each in its own directory") {
  if (!test::have_rsync()) return;
  const std::uint32_t seed = test::test_seed();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  std::uint32_t trees = 0;
  for (; trees < test::rounds(200) && std::chrono::steady_clock::now() < end; trees += kTreesInOneRun)
    judge_many(seed + trees);
  std::printf("%u trees, seed %u\n", trees, seed);
}

TEST_CASE("random rules choose what rsync's choose, as --include and --exclude") {
  if (!test::have_rsync()) return;
  const std::uint32_t seed = test::test_seed();
  const ScratchDir empty;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::uint32_t trees = 0;
  for (; trees < test::rounds(40) && std::chrono::steady_clock::now() < end; ++trees) {
    Random random(seed + trees);
    const ScratchDir at;
    plant(at, "src", random);
    const RandomRules made = random_rules(random, "");
    const bool contents = random() % 2 == 0;
    std::vector<std::string> arguments;
    for (const std::string& rule : made.text)
      arguments.push_back((rule[0] == '+' ? "--include=" : "--exclude=") + rule.substr(2));
    INFO("G5KSYNC_TEST_SEED=" << seed + trees << (contents ? " contents" : " by name"));
    INFO("rules:\n" << joined(arguments));
    const tree::Source source =
        contents ? tree::Source{at.open()->open_directory("src").value(), ""} : tree::Source{at.open(), "src"};
    REQUIRE(ours(source, made.rules) == joined(theirs(arguments, at.path(contents ? "src/" : "src"), empty.path())));
  }
  std::printf("%u trees, seed %u\n", trees, seed);
}
