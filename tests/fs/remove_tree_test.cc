// Removing trees that somebody else made: nothing outside is touched, and what may go goes.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>

#include "engine/fs/remove_tree.h"
#include "tests/fs/faulty_directory.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using fs::FileType;
using test::ScratchDir;

namespace {

struct Told {
  std::string gone, failed;
  std::string kept;  // the path that stays
  bool only_tell = false;

  bool remove(fs::Directory& directory, const std::string& name) {
    gone.clear();
    failed.clear();
    const fs::TreeRemoval how{
        [this](const std::string& path, FileType) { return path == kept; },
        [this](const std::string& path, FileType type) { gone += path + (type == FileType::directory ? "/ " : " "); },
        [this](const std::string& path, base::Error) { failed += path + " "; }, only_tell, nullptr};
    return fs::remove_tree(directory, name, how);
  }
};

void plant(const ScratchDir& at) {
  at.directory("outside");
  at.file("outside/precious", "x");
  at.directory("tree");
  at.directory("tree/in");
  at.file("tree/in/f", "f");
  at.symlink("tree/in/out", at.path("outside"));
  at.symlink("link", "outside");
}

}  // namespace

TEST_CASE("a tree goes with all that is in it, contents first, and links are not followed") {
  const ScratchDir at;
  plant(at);
  const auto root = at.open();
  Told told;
  REQUIRE(told.remove(*root, "tree"));
  CHECK((told.gone == "tree/in/f tree/in/out tree/in/ tree/ " || told.gone == "tree/in/out tree/in/f tree/in/ tree/ "));
  CHECK(told.failed.empty());
  CHECK_FALSE(at.exists("tree"));
  REQUIRE(told.remove(*root, "link"));
  CHECK(told.gone == "link ");
  CHECK(at.content("outside/precious") == "x");
  CHECK(told.remove(*root, "nothing"));
  CHECK(told.gone.empty());
}

TEST_CASE("what is kept keeps the directories above it, and only telling removes nothing") {
  const ScratchDir at;
  plant(at);
  const auto root = at.open();
  Told told;
  told.only_tell = true;
  CHECK(told.remove(*root, "tree"));
  CHECK(at.exists("tree/in/f"));
  told.only_tell = false;
  told.kept = "tree/in/f";
  CHECK_FALSE(told.remove(*root, "tree"));
  CHECK(told.gone == "tree/in/out ");
  CHECK(told.failed.empty());
  CHECK(at.content("tree/in/f") == "f");
}

TEST_CASE("a directory that becomes a link behind our back is not entered") {
  for (int nth = 1; nth <= 3; ++nth) {  // before each opening
    const ScratchDir at;
    plant(at);
    at.directory("outside/in");
    at.file("outside/in/f", "precious");
    const auto faults = std::make_shared<test::Faults>();
    faults->before(
        test::Verb::open_directory,
        [&](std::string_view path) {
          const std::string victim = at.path(path);
          std::rename(victim.c_str(), at.path("aside").c_str());
          REQUIRE(::symlink(at.path("outside").c_str(), victim.c_str()) == 0);
        },
        nth);
    const auto root = test::make_faulty(at.open(), faults);
    Told told;
    (void)told.remove(*root, "tree");
    CHECK(at.content("outside/precious") == "x");
    CHECK(at.content("outside/in/f") == "precious");
  }
}

TEST_CASE("directories deeper than there are descriptors are removed") {
  const ScratchDir at;
  at.directory("deep");
  test::make_chain(at.path("deep"), "d", 2000);
  Told told;
  CHECK(told.remove(*at.open(), "deep"));
  CHECK_FALSE(at.exists("deep"));
}

TEST_CASE("one's own directories are opened up for it; another's stay, and are named") {
  const ScratchDir at;
  const std::string trouble = test::as_nobody([] {
    const ScratchDir own;
    plant(own);
    ::chmod(own.path("tree/in").c_str(), 0);
    ::chmod(own.path("tree").c_str(), 0500);
    Told told;
    if (!told.remove(*own.open(), "tree")) return "not removed: " + told.failed;
    return std::string(own.exists("tree") ? "still there" : "");
  });
  CHECK(trouble == "");
  if (::geteuid() != 0) return;
  ::chmod(at.path().c_str(), 0777);
  at.directory("roots");
  at.file("roots/f", "f");
  const std::string said = test::as_nobody([&] {
    Told told;
    return told.remove(*at.open(), "roots") ? "removed" : told.failed;
  });
  CHECK(said == "roots/f ");
  CHECK(at.content("roots/f") == "f");
}
