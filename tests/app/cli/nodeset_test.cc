#include "app/cli/nodeset.h"

#include <rapidcheck.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace g5ksync::app {
namespace {

using Names = std::vector<std::string>;

Names expand(const std::string& text) {
  auto names = expand_nodeset(text);
  if (!names) FAIL(names.error().message());
  return *names;
}

TEST_CASE("nodesets expand in order, each name once") {
  CHECK(expand("laptop2") == Names{"laptop2"});
  CHECK(expand("gros-[1-4,7].nancy") ==
        Names{"gros-1.nancy", "gros-2.nancy", "gros-3.nancy", "gros-4.nancy", "gros-7.nancy"});
  CHECK(expand("n[08-11]") == Names{"n08", "n09", "n10", "n11"});
  CHECK(expand("n[098-101]") == Names{"n098", "n099", "n100", "n101"});
  CHECK(expand("n[0-10/4]") == Names{"n0", "n4", "n8"});
  CHECK(expand("r[1-2]n[1-2],login") == Names{"r1n1", "r1n2", "r2n1", "r2n2", "login"});
  CHECK(expand("b,a, b\na") == Names{"b", "a"});
  CHECK(expand("n[1,1-2]") == Names{"n1", "n2"});
  CHECK(expand("me@10.0.0.[1-2],::1") == Names{"me@10.0.0.1", "me@10.0.0.2", "::1"});
  CHECK(expand("").empty());
}

TEST_CASE("errors in a nodeset name the place") {
  struct Row {
    std::string text, sentence;
  };
  const std::vector<Row> rows{
      {"gros-[1-4.nancy", "\"gros-[1-4.nancy\", character 10: \".\" in a range of numbers"},
      {"a,gros-[1-4", "\"a,gros-[1-4\", character 8: \"[\" without \"]\""},
      {"gros-[", "\"gros-[\", character 6: \"[\" without \"]\""},
      {"gros-[]", "\"gros-[]\", character 7: a number is missing"},
      {"gros-[1,]", "\"gros-[1,]\", character 9: a number is missing"},
      {"gros-1].nancy", "\"gros-1].nancy\", character 7: \"]\" without \"[\""},
      {"n[7-3]", "\"n[7-3]\", character 3: the range runs backwards"},
      {"n[1-3/0]", "\"n[1-3/0]\", character 3: a step of 0"},
      {"n[1-03]", "\"n[1-03]\", character 3: the ends of the range are padded differently"},
      {"n[0000000001]", "\"n[0000000001]\", character 3: the number is too long"},
      {"n[1-10001]", "\"n[1-10001]\", character 3: more than 10000 hosts"},
      {"n[0-999999999]", "\"n[0-999999999]\", character 3: more than 10000 hosts"},
      {"n[1-200]m[1-200]", "\"n[1-200]m[1-200]\", character 1: more than 10000 hosts"},
      {"a/b", "\"a/b\", character 2: \"/\" cannot be in a host name"},
      {"a;b", "\"a;b\", character 2: \";\" cannot be in a host name"},
      {"x,-oProxyCommand", "\"x,-oProxyCommand\", character 3: \"-oProxyCommand\" cannot be the name of a host"},
      {"a\033b", "\"a\033b\", character 2: \"\033\" cannot be in a host name"},
  };
  for (const Row& row : rows) {
    const auto names = expand_nodeset(row.text);
    REQUIRE_FALSE(names);
    CHECK(names.error().kind == base::ErrorKind::usage);
    CHECK(names.error().message() == row.sentence);
  }
}

TEST_CASE("ten thousand hosts are allowed, not one more") {
  CHECK(expand("n[1-10000]").size() == kMaxHosts);
  CHECK_FALSE(expand_nodeset("n[1-10000],m"));
  CHECK(expand("n[1-10000],n5").size() == kMaxHosts);
}

TEST_CASE("what may be a host name") {
  for (const char* name : {"nancy", "nancy.g5k", "me@nancy.g5k", "::1", "a_b-c", "10.0.0.1"}) CHECK(is_host_name(name));
  for (const char* name : {"", "-n", "@a", "me@", "me@-o", "a@b@c", "a b", "a/b", "a;b", "$(x)", "a\n", "\xc3\xa9"})
    CHECK_FALSE(is_host_name(name));
  CHECK_FALSE(is_host_name(std::string(256, 'a')));
}

TEST_CASE("folding gathers what differs in one number") {
  const auto fold = [](const Names& names) { return fold_nodeset(names); };
  CHECK(fold({"gros-1.nancy", "gros-2.nancy", "gros-3.nancy", "gros-7.nancy"}) == "gros-[1-3,7].nancy");
  CHECK(fold({"nancy", "rennes"}) == "nancy,rennes");
  CHECK(fold({"gros-5.nancy"}) == "gros-5.nancy");
  CHECK(fold({"n2", "n1"}) == "n[1,2]");
  CHECK(fold({"n09", "n10", "n11", "n08"}) == "n[08-11]");
  CHECK(fold({"n1", "n01"}) == "n[1,01]");
  CHECK(fold({"g5k-1", "b", "g5k-2", "g5k-3"}) == "g5k-[1-3],b");
  CHECK(fold({"r1n1", "r1n2", "r2n1", "r2n2"}) == "r1n[1,2],r2n[1,2]");
  CHECK(fold({"a-1.s1", "a-1.s2", "a-1.s3", "a-2.s1"}) == "a-1.s[1-3],a-2.s1");
  CHECK(fold({"a", "a", "a1", "a1"}) == "a,a1");
  CHECK(fold({"job12345678901"}) == "job12345678901");
  CHECK(fold({}).empty());
}

rc::Gen<std::string> host_name() {
  const auto part = rc::gen::element<std::string>("a", "b-", ".", "n", "0", "00", "1", "2", "7", "09", "10", "11", "99",
                                                  "100", "999999999", "0000000001");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(part), [](const std::vector<std::string>& parts) {
    std::string name = "h";
    for (const std::string& p : parts) name += p;
    return name.substr(0, 40);
  });
}

TEST_CASE("property: expanding a folded list gives the same set") {
  CHECK(rc::check("expand(fold(x)) = set(x)", [] {
    const auto names = *rc::gen::container<Names>(host_name());
    const auto back = expand_nodeset(fold_nodeset(names));
    if (!back) RC_FAIL(back.error().message() + " from " + fold_nodeset(names));
    RC_ASSERT(std::set<std::string>(back->begin(), back->end()) == std::set<std::string>(names.begin(), names.end()));
    RC_ASSERT(std::set<std::string>(back->begin(), back->end()).size() == back->size());
  }));
}

TEST_CASE("property: any text is expanded or refused, never more than the cap") {
  CHECK(rc::check("expand(text) ends", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "[", "]", "-", ",", "/", "0", "1", "99", "[1-3]", "@", " ", "\xff"));
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    const auto names = expand_nodeset(text);
    if (!names) return;
    RC_ASSERT(names->size() <= kMaxHosts);
    for (const std::string& name : *names) RC_ASSERT(is_host_name(name));
  }));
}

}  // namespace
}  // namespace g5ksync::app
