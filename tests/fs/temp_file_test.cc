// The life of a temp file, for every implementation.
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/fs/implementations.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using base::view_of;
using test::ScratchDir;

namespace {

std::unique_ptr<fs::Directory> open_any(const ScratchDir& at) {
  const std::size_t index = GENERATE(range(std::size_t{0}, test::implementations().size()));
  UNSCOPED_INFO("implementation: " << test::implementations()[index].name);
  return test::implementations()[index].open(at.path());
}

}  // namespace

TEST_CASE("a temp file is private, new, and written anywhere in any order") {
  const ScratchDir at;
  const auto directory = open_any(at);
  auto temp = directory->create_temp("t");
  REQUIRE(temp);
  CHECK((*temp)->temp_name() == "t");
  CHECK(directory->stat("t")->mode == 0600);
  CHECK(directory->create_temp("t").error().sys_errno == EEXIST);
  REQUIRE((*temp)->write_at(6, view_of("world")));
  REQUIRE((*temp)->write_at(0, view_of("hello ")));
  REQUIRE((*temp)->write_at(3, {}));
  std::array<char, 64> buffer;
  const auto into = std::as_writable_bytes(std::span(buffer));
  CHECK(*(*temp)->read_at(6, into) == 5);
  CHECK(*(*temp)->read_at(11, into) == 0);
  CHECK(*(*temp)->read_at(0, into.first(4)) == 4);
  REQUIRE((*temp)->commit({}, "final"));
  CHECK(at.names() == "final");
  CHECK(at.content("final") == "hello world");
}

TEST_CASE("a temp file takes bytes of another file, sparse or not, up to where that ends") {
  const ScratchDir at;
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); i += 70'000) bytes[i] = static_cast<char>('a' + i % 26);
  at.file("from", bytes);
  for (const bool sparse : {false, true}) {
    auto directory = at.open();
    const auto from = directory->open_file("from").value();
    auto temp = directory->create_temp("t").value();
    if (sparse) temp->make_sparse();
    CHECK(temp->copy_from(from, 1'000'000, 1'500'000).value() == 1'500'000);
    CHECK(temp->copy_from(from, 0, 1'000'000).value() == 1'000'000);
    CHECK(temp->copy_from(from, 2'500'000, 9'000'000).value() == 500'000);
    CHECK(temp->copy_from(from, 5'000'000, 10).value() == 0);
    REQUIRE(temp->commit({}, "to"));
    CHECK(at.content("to") == bytes);
  }
}

TEST_CASE("commit replaces in one step, with all attributes set") {
  const ScratchDir at;
  const auto directory = open_any(at);
  at.file("final", "old");
  const auto old = directory->open_file("final");
  fs::Attributes attributes;
  attributes.set_mode = attributes.set_mtime = true;
  attributes.mode = 02755;
  attributes.mtime = {1234567890, 123456789};
  {
    auto temp = directory->create_temp("t").value();
    REQUIRE(temp->write_at(0, view_of("new")));
    REQUIRE(temp->commit(attributes, "final"));
    CHECK(at.names() == "final");
  }
  CHECK(at.names() == "final");
  CHECK(at.content("final") == "new");
  CHECK(directory->stat("final")->mode == 02755);
  CHECK(directory->stat("final")->mtime == attributes.mtime);
  std::array<char, 8> buffer;
  CHECK(*fs::read_at(*old, 0, std::as_writable_bytes(std::span(buffer))) == 3);
  CHECK(std::string_view(buffer.data(), 3) == "old");
}

TEST_CASE("a link at the final name is replaced, never written through") {
  const ScratchDir at;
  const auto directory = open_any(at);
  at.file("victim", "safe");
  at.symlink("final", "victim");
  auto temp = directory->create_temp("t").value();
  REQUIRE(temp->write_at(0, view_of("new")));
  REQUIRE(temp->commit({}, "final"));
  CHECK(at.content("victim") == "safe");
  CHECK(at.content("final") == "new");
  CHECK(directory->stat("final")->type == fs::FileType::regular);
}

TEST_CASE("a temp file's name that is a link is not followed") {
  const ScratchDir at;
  const auto directory = open_any(at);
  at.symlink("t", "elsewhere");
  CHECK(directory->create_temp("t").error().sys_errno == EEXIST);
  CHECK(at.names() == "t");
}

TEST_CASE("a directory at the final name stays, and the temp file is still there for another try") {
  const ScratchDir at;
  const auto directory = open_any(at);
  at.directory("final");
  auto temp = directory->create_temp("t").value();
  REQUIRE(temp->write_at(0, view_of("new")));
  const auto failed = temp->commit({}, "final");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().sys_errno == EISDIR);
  CHECK(at.names() == "final t");
  REQUIRE(temp->commit({}, "other"));
  CHECK(at.names() == "final other");
}

TEST_CASE("a temp file that is not committed goes away, also when its directory object went first") {
  const ScratchDir at;
  auto directory = open_any(at);
  auto temp = directory->create_temp("t").value();
  directory.reset();
  REQUIRE(temp->write_at(0, view_of("x")));
  CHECK(at.names() == "t");
  temp.reset();
  CHECK(at.names().empty());
}

TEST_CASE("a temp file that is to be kept stays where it is") {
  const ScratchDir at;
  auto temp = open_any(at)->create_temp("t").value();
  REQUIRE(temp->write_at(0, view_of("some")));
  temp->keep();
  temp.reset();
  CHECK(at.content("t") == "some");
}

TEST_CASE("a temp file commits into its directory wherever that has been moved") {
  const ScratchDir at;
  at.directory("d");
  const auto directory = open_any(at)->open_directory("d").value();
  auto temp = directory->create_temp("t").value();
  REQUIRE(::rename(at.path("d").c_str(), at.path("e").c_str()) == 0);
  REQUIRE(temp->commit({}, "final"));
  CHECK(at.names("e") == "final");
}
