#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/fs/scratch.h"

using namespace g5ksync;
using test::ScratchDir;

TEST_CASE("open_root opens directories only") {
  const ScratchDir at;
  at.file("f");
  CHECK(fs::open_root(at.path()));
  CHECK(fs::open_root(at.path() + "///"));
  CHECK(fs::open_root(at.path("none")).error().kind == base::ErrorKind::not_found);
  CHECK(fs::open_root(at.path("f")).error().sys_errno == ENOTDIR);
  CHECK_FALSE(fs::open_root(""));
  CHECK_FALSE(fs::open_root(at.path() + std::string("\0x", 2)));
}

TEST_CASE("open_or_make_root makes what is missing, once") {
  const ScratchDir at;
  const mode_t before = ::umask(027);
  REQUIRE(fs::open_or_make_root(at.path("a/b//c")));
  ::umask(before);
  CHECK(at.names("a") == "b");
  CHECK(at.open()->open_directory("a").value()->stat("b")->mode == 0750);
  CHECK(fs::open_or_make_root(at.path("a/b/c")));
  CHECK(fs::open_or_make_root(at.path("d/")));
  at.file("f");
  CHECK(fs::open_or_make_root(at.path("f/x")).error().sys_errno == ENOTDIR);
  CHECK_FALSE(fs::open_or_make_root(""));
  CHECK(fs::open_or_make_root("/proc/none/deep").error().context.starts_with("make directory"));
}

TEST_CASE("open_or_make_root follows the user's own links on the way") {
  const ScratchDir at;
  at.directory("real");
  at.symlink("link", "real");
  REQUIRE(fs::open_or_make_root(at.path("link/new/deep")));
  CHECK(at.names("real") == "new");
}

TEST_CASE("open_or_make_root says what refused it") {
  const ScratchDir at;
  const std::string problem = test::as_nobody([&]() -> std::string {
    if (::chmod(at.path().c_str(), 0555) != 0 && ::geteuid() == 0) return "chmod";
    const auto made = fs::open_or_make_root(at.path("a/b/c"));
    if (made) return "made";
    return made.error().kind == base::ErrorKind::permission ? "" : made.error().message();
  });
  CHECK(problem == "");
}
