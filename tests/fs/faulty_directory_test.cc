#include "tests/fs/faulty_directory.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/fs/scratch.h"

using namespace g5ksync;
using test::Faults;
using test::ScratchDir;
using test::Span;
using test::Verb;

TEST_CASE("the n-th call of a verb fails, wherever it is made, and leaves things as they were") {
  const ScratchDir at;
  at.directory("d");
  const auto faults = std::make_shared<Faults>();
  const auto root = test::make_faulty(at.open(), faults);
  const auto below = root->open_directory("d").value();
  faults->fail(Verb::write, ENOSPC, 3);
  auto one = root->create_temp("t").value();
  auto two = below->create_temp("t").value();
  CHECK(one->write_at(0, base::view_of("a")));
  CHECK(two->write_at(0, base::view_of("b")));
  const auto failed = two->write_at(1, base::view_of("c"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == base::ErrorKind::no_space);
  CHECK(two->write_at(1, base::view_of("d")));
  REQUIRE(two->commit({}, "f"));
  CHECK(at.content("d/f") == "bd");
  CHECK(faults->calls(Verb::write) == 4);
}

TEST_CASE("a verb fails from a call on") {
  const ScratchDir at;
  const auto faults = std::make_shared<Faults>();
  const auto root = test::make_faulty(at.open(), faults);
  faults->fail(Verb::make_directory, EDQUOT, 2, Span::from_then_on);
  CHECK(root->make_directory("a", 0755));
  CHECK_FALSE(root->make_directory("b", 0755));
  CHECK_FALSE(root->make_directory("b", 0755));
  CHECK(at.names() == "a");
}

TEST_CASE("something happens just before a call") {
  const ScratchDir at;
  at.file("f");
  const auto faults = std::make_shared<Faults>();
  const auto root = test::make_faulty(at.open(), faults);
  faults->before(Verb::stat, [&](std::string_view name) { REQUIRE(::remove(at.path(name).c_str()) == 0); });
  CHECK(root->stat("f").error().sys_errno == ENOENT);
}

TEST_CASE("after a crash nothing works and temp files stay") {
  const ScratchDir at;
  const auto faults = std::make_shared<Faults>();
  const auto root = test::make_faulty(at.open(), faults);
  auto temp = root->create_temp("t").value();
  faults->crash();
  CHECK_FALSE(temp->commit({}, "f"));
  CHECK_FALSE(root->names());
  temp.reset();
  CHECK(at.names() == "t");
}
