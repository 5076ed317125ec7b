#include "engine/tree/filter.h"

#include <catch2/catch.hpp>

using namespace g5ksync;
using fs::FileType;
using tree::FilterAction;
using tree::FilterRules;

namespace {

FilterRules rules(std::initializer_list<const char*> patterns) {
  FilterRules made;
  for (const char* pattern : patterns) REQUIRE(made.add(FilterAction::exclude, pattern));
  return made;
}

bool excludes(const char* pattern, std::string_view path, FileType type = FileType::regular) {
  return rules({pattern}).excluded(path, type);
}

}  // namespace

TEST_CASE("the first rule that matches decides") {
  const FilterRules made = rules({"+ keep.o", "*.o", "+ a", "- a"});
  CHECK_FALSE(made.excluded("d/keep.o", FileType::regular));
  CHECK(made.excluded("d/x.o", FileType::regular));
  CHECK_FALSE(made.excluded("a", FileType::regular));
  CHECK_FALSE(made.excluded("other", FileType::regular));
}

TEST_CASE("add takes its action unless the pattern carries one") {
  FilterRules made;
  REQUIRE(made.add(FilterAction::include, "a"));
  REQUIRE(made.add(FilterAction::include, "- b"));
  REQUIRE(made.add(FilterAction::exclude, "*"));
  CHECK_FALSE(made.excluded("a", FileType::regular));
  CHECK(made.excluded("b", FileType::regular));
  CHECK(made.excluded("c", FileType::regular));
}

TEST_CASE("a lone ! clears what came before") {
  const FilterRules made = rules({"a", "!", "b", "!c"});
  CHECK_FALSE(made.excluded("a", FileType::regular));
  CHECK(made.excluded("b", FileType::regular));
  CHECK(made.excluded("!c", FileType::regular));
  CHECK_FALSE(made.excluded("c", FileType::regular));
  CHECK(rules({"a", "!"}).empty());
}

TEST_CASE("a list of lines") {
  FilterRules made;
  REQUIRE(made.add_lines(FilterAction::exclude, "# comment\n; comment\n\n*.o\r\n+ x\n- y\nlast#not comment"));
  CHECK(made.excluded("a.o", FileType::regular));
  CHECK(made.excluded("y", FileType::regular));
  CHECK(made.excluded("last#not comment", FileType::regular));
  CHECK_FALSE(made.excluded("x", FileType::regular));
  CHECK_FALSE(made.excluded("comment", FileType::regular));
  CHECK(made.add_lines(FilterAction::exclude, "").has_value());
  CHECK(made.add_lines(FilterAction::exclude, "good\n[bad\n").error().kind == base::ErrorKind::usage);
}

TEST_CASE("broken patterns are refused with the pattern in the message") {
  FilterRules made;
  for (const char* pattern :
       {"", "+ ", "- ", "[abc", "a[", "[]", "[^]", "[[:nonsense:]]", "[a-", "*\\", "[a\\", "[["}) {
    INFO("pattern: " << pattern);
    const auto added = made.add(FilterAction::exclude, pattern);
    REQUIRE_FALSE(added);
    CHECK(added.error().kind == base::ErrorKind::usage);
  }
  CHECK(made.empty());
  CHECK(made.add(FilterAction::exclude, "[abc").error().context.find("[abc") != std::string::npos);
}

TEST_CASE("a name matches at any depth, an anchored pattern only at the root") {
  CHECK(excludes("foo", "foo"));
  CHECK(excludes("foo", "a/b/foo"));
  CHECK_FALSE(excludes("foo", "a/foo/b"));
  CHECK_FALSE(excludes("foo", "afoo"));
  CHECK(excludes("/foo", "foo"));
  CHECK_FALSE(excludes("/foo", "a/foo"));
  CHECK_FALSE(excludes("/", "foo"));
}

TEST_CASE("a pattern with a slash matches the tail of a path, at a component's start") {
  CHECK(excludes("a/b", "a/b"));
  CHECK(excludes("a/b", "x/a/b"));
  CHECK_FALSE(excludes("a/b", "xa/b"));
  CHECK_FALSE(excludes("a/b", "a/b/c"));
  CHECK(excludes("a/*", "x/a/b"));
  CHECK_FALSE(excludes("a/*", "a/b/c"));
  CHECK_FALSE(excludes("/a/*", "x/a/b"));
}

TEST_CASE("a trailing slash is for directories only") {
  CHECK(excludes("d/", "x/d", FileType::directory));
  CHECK_FALSE(excludes("d/", "x/d", FileType::regular));
  CHECK_FALSE(excludes("d/", "x/d", FileType::symlink));
  CHECK(excludes("*/", "d", FileType::directory));
}

TEST_CASE("one star stays in a component, two cross slashes") {
  CHECK(excludes("a*c", "abbc"));
  CHECK_FALSE(excludes("/a*c", "a/c"));
  CHECK(excludes("/a**c", "a/b/c"));
  CHECK(excludes("/a**", "a/b"));
  CHECK(excludes("b**d", "a/b/c/d"));
  CHECK_FALSE(excludes("b**d", "a/xb/c/d"));
  CHECK(excludes("**/d", "d"));
  CHECK(excludes("**/d", "a/b/d"));
  CHECK(excludes("**.o", "a/b.o"));
}

TEST_CASE("dir/*** is the directory and all beneath it") {
  CHECK(excludes("dir/***", "x/dir", FileType::directory));
  CHECK(excludes("dir/***", "dir/a/b"));
  CHECK_FALSE(excludes("dir/***", "dir", FileType::regular));
  CHECK(excludes("/dir/***", "dir", FileType::directory));
  CHECK_FALSE(excludes("/dir/***", "x/dir", FileType::directory));
}

TEST_CASE("sets, ranges, classes, and what is in none: the slash") {
  CHECK(excludes("[abc]", "b"));
  CHECK(excludes("[a-c]x", "bx"));
  CHECK(excludes("[!a-c]", "d"));
  CHECK_FALSE(excludes("[^a-c]", "b"));
  CHECK(excludes("[]]", "]"));
  CHECK(excludes("[]-a]", "^"));
  CHECK(excludes("[a-]", "-"));
  CHECK(excludes("[[:digit:][:upper:]_]", "_"));
  CHECK(excludes("[[:digit:][:upper:]_]", "Q"));
  CHECK_FALSE(excludes("[[:digit:]]", "x"));
  CHECK_FALSE(excludes("/a[^b]c", "a/c"));
  CHECK_FALSE(excludes("/a?c", "a/c"));
  CHECK(excludes("[\\]]", "]"));
  CHECK(excludes("[z-a]", "z") == excludes("[z-a]", "z"));
}

TEST_CASE("a backslash takes a wildcard's meaning away, in patterns that have one") {
  CHECK(excludes("a\\*b*", "a*bc"));
  CHECK_FALSE(excludes("a\\*b*", "axbc"));
  CHECK(excludes("a\\b", "a\\b"));
  CHECK_FALSE(excludes("a\\b", "ab"));
  CHECK(excludes("a\\b*", "ab"));
}
