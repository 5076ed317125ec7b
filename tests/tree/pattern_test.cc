// The matcher against one that is too simple to be wrong, and against patterns made to be slow.
#include "engine/tree/pattern.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/tree/run_rsync.h"

using g5ksync::tree::Pattern;

namespace {

/// Letters, '/', '?', '*' and '**': tries every way.
bool simple_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    const std::size_t stars = std::min(pattern.find_first_not_of('*'), pattern.size());
    const std::string_view rest = pattern.substr(stars);
    for (std::size_t taken = 0; taken <= text.size(); ++taken) {
      if (simple_match(rest, text.substr(taken))) return true;
      if (taken < text.size() && text[taken] == '/' && stars == 1) return false;
    }
    return false;
  }
  if (text.empty()) return false;
  const bool fits = pattern.front() == '?' ? text.front() != '/' : pattern.front() == text.front();
  return fits && simple_match(pattern.substr(1), text.substr(1));
}

std::string random_text(std::mt19937& random, std::string_view letters, std::size_t longest) {
  std::string text;
  for (std::size_t left = 1 + random() % longest; left > 0; --left) text += letters[random() % letters.size()];
  return text;
}

}  // namespace

TEST_CASE("the matcher agrees with the simple one") {
  const std::uint32_t seed = g5ksync::test::test_seed();
  INFO("G5KSYNC_TEST_SEED=" << seed);
  std::mt19937 random(seed);
  int matched = 0;
  for (int i = 0; i < 100000; ++i) {
    const std::string pattern = random_text(random, "ab/?***", 9);
    const std::string path = random_text(random, "aab/", 10);
    if (pattern.ends_with('/') || pattern.ends_with("***")) continue;
    const bool wanted = simple_match(pattern, path);
    matched += wanted ? 1 : 0;
    INFO("pattern: /" << pattern << " path: " << path);
    REQUIRE(Pattern::parse("/" + pattern)->matches(path, false) == wanted);
  }
  CHECK(matched > 1000);
}

TEST_CASE("no pattern takes long, whatever the name") {
  std::string stars = "/";
  for (int i = 0; i < 60; ++i) stars += "a*";
  std::string double_stars = "/";
  for (int i = 0; i < 60; ++i) double_stars += "a**";
  const std::string path(4000, 'a');
  CHECK_FALSE(Pattern::parse(stars + "b")->matches(path, false));
  CHECK_FALSE(Pattern::parse(double_stars + "b")->matches(path, false));
  CHECK(Pattern::parse(double_stars)->matches(path, false));
  std::string slashes;
  for (int i = 0; i < 2000; ++i) slashes += "a/";
  CHECK_FALSE(Pattern::parse("a**a*a**b")->matches(slashes + "a", false));
}
