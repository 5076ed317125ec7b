// Nothing outside a directory is reached through it: P3 of the design's promises, at its root.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/fs/implementations.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using test::ScratchDir;

namespace {

/// A root with a directory beside it that must stay as it is.
struct Confined {
  ScratchDir at;
  std::unique_ptr<fs::Directory> root;

  Confined() {
    at.directory("root");
    at.directory("outside");
    at.file("outside/secret", "secret");
    const std::size_t index = GENERATE(range(std::size_t{0}, test::implementations().size()));
    UNSCOPED_INFO("implementation: " << test::implementations()[index].name);
    root = test::implementations()[index].open(at.path("root"));
  }
};

int open_errno(fs::Directory& root, std::string_view path) {
  const auto opened = root.open_directory(path);
  return opened ? 0 : opened.error().sys_errno;
}

}  // namespace

TEST_CASE("paths that could lead out are refused before any system call") {
  Confined c;
  c.at.directory("root/d");
  for (const char* path :
       {"..", "../outside", "d/../../outside", "/", "/etc", "d//x", "d/", "/d", "", ".", "d/.", "./d"}) {
    INFO("path: " << path);
    const auto directory = c.root->open_directory(path);
    REQUIRE_FALSE(directory);
    CHECK(directory.error().kind == base::ErrorKind::protocol);
    const auto file = c.root->open_file(path);
    REQUIRE_FALSE(file);
    CHECK(file.error().kind == base::ErrorKind::protocol);
  }
}

TEST_CASE("a symbolic link is never followed, wherever it is on the way and wherever it leads") {
  Confined c;
  c.at.directory("root/d");
  c.at.directory("root/d/e");
  c.at.file("root/d/e/f", "inside");
  const std::string outside = c.at.path("outside");
  for (const std::string& target : {std::string("../outside"), outside, std::string("d"), std::string("/proc/self/cwd"),
                                    std::string("/proc/self/fd/0"), std::string("nowhere")}) {
    INFO("target: " << target);
    c.at.symlink("root/link", target);
    CHECK(open_errno(*c.root, "link") == ELOOP);
    CHECK(open_errno(*c.root, "link/e") == ELOOP);
    CHECK_FALSE(c.root->open_file("link/e/f"));
    CHECK_FALSE(c.root->open_file("link/secret"));
    CHECK_FALSE(c.root->open_file("link"));
    REQUIRE(c.root->remove_file("link"));
    CHECK(c.at.exists("root/d/e/f"));
  }
  c.at.symlink("root/d/deep", outside);
  CHECK(open_errno(*c.root, "d/deep") == ELOOP);
  CHECK_FALSE(c.root->open_file("d/deep/secret"));
}

TEST_CASE("magic links of /proc are links") {
  const std::size_t index = GENERATE(range(std::size_t{0}, test::implementations().size()));
  const auto proc = test::implementations()[index].open("/proc");
  const std::string self = std::to_string(::getpid());
  CHECK(proc->open_directory(self));
  CHECK(open_errno(*proc, "self") == ELOOP);
  CHECK(open_errno(*proc, self + "/cwd") == ELOOP);
  CHECK(open_errno(*proc, self + "/root") == ELOOP);
  CHECK(open_errno(*proc, self + "/root/etc") == ELOOP);
  CHECK_FALSE(proc->open_file(self + "/exe"));
}

TEST_CASE("a directory that becomes a link between two calls is not followed") {
  Confined c;
  c.at.directory("root/d");
  auto held = c.root->open_directory("d").value();
  REQUIRE(::rename(c.at.path("root/d").c_str(), c.at.path("root/was-d").c_str()) == 0);
  c.at.symlink("root/d", "../outside");
  CHECK(open_errno(*c.root, "d") == ELOOP);
  REQUIRE(held->create_temp("t").value()->commit({}, "file"));  // what was opened stays what it was
  CHECK(c.at.names("root/was-d") == "file");
  CHECK(c.at.names("outside") == "secret");
}

TEST_CASE("removing and renaming act on a link, not on what it names") {
  Confined c;
  c.at.symlink("root/link", "../outside/secret");
  c.at.symlink("root/dirlink", "../outside");
  CHECK_FALSE(c.root->remove_directory("dirlink"));
  REQUIRE(c.root->rename("link", "moved"));
  REQUIRE(c.root->remove_file("moved"));
  REQUIRE(c.root->remove_file("dirlink"));
  CHECK(c.at.content("outside/secret") == "secret");
}

TEST_CASE("attributes are set on a link, not on what it names") {
  Confined c;
  c.at.symlink("root/link", "../outside/secret");
  struct stat before, after;
  REQUIRE(::stat(c.at.path("outside/secret").c_str(), &before) == 0);
  fs::Attributes attributes;
  attributes.set_mode = attributes.set_mtime = attributes.set_uid = true;
  attributes.mode = 04777;
  attributes.uid = ::geteuid();
  CHECK_FALSE(c.root->set_attributes("link", fs::FileType::regular, attributes));
  REQUIRE(c.root->set_attributes("link", fs::FileType::symlink, attributes));
  REQUIRE(::stat(c.at.path("outside/secret").c_str(), &after) == 0);
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
  CHECK(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
}

TEST_CASE("the root itself may be reached by the user's own links") {
  const ScratchDir at;
  at.directory("real");
  at.file("real/f");
  at.symlink("link", "real");
  CHECK(fs::open_root(at.path("link")).value()->stat("f"));
}
