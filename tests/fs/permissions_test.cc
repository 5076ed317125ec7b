// What needs a user who is not root.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/fs/implementations.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using fs::FileType;
using test::as_nobody;
using test::ScratchDir;

namespace {

std::string wrong(std::string_view what, const base::Result<void>& result) {
  return result ? std::string() : std::string(what) + ": " + result.error().message();
}

fs::Attributes mode_and_time(std::uint32_t mode) {
  fs::Attributes attributes;
  attributes.set_mode = attributes.set_mtime = true;
  attributes.mode = mode;
  attributes.mtime = {1000, 0};
  return attributes;
}

/// Implementations by index, so that a child process can pick one.
std::size_t any_index() { return GENERATE(range(std::size_t{0}, test::implementations().size())); }

void give_to_everybody(const ScratchDir& at) { REQUIRE(::chmod(at.path().c_str(), 0777) == 0); }

}  // namespace

TEST_CASE("the owner can set attributes of files and directories that he cannot read") {
  const ScratchDir at;
  give_to_everybody(at);
  const std::size_t index = any_index();
  const bool proc = test::implementations()[index].name != "posix, old kernel, no /proc";
  const std::string problem = as_nobody([&]() -> std::string {
    const auto root = test::implementations()[index].open(at.path());
    for (const auto& [name, type] : {std::pair{"f", FileType::regular}, std::pair{"d", FileType::directory}}) {
      if (type == FileType::directory) {
        if (auto made = root->make_directory(name, 0000); !made) return made.error().message();
      } else if (auto made = root->create_temp(".t").value()->commit(mode_and_time(0000), name); !made) {
        return made.error().message();
      }
      const auto set = root->set_attributes(name, type, mode_and_time(0640));
      if (!proc && set) return "set without a way to";
      if (!proc && set.error().kind != base::ErrorKind::unsupported) return set.error().message();
      if (!proc) continue;
      if (!set) return wrong(name, set);
      if (root->stat(name)->mode != 0640) return std::string(name) + " has another mode";
      if (root->stat(name)->mtime != fs::FileTime{1000, 0}) return std::string(name) + " has another time";
    }
    return {};
  });
  CHECK(problem.empty());
  CAPTURE(problem);
}

TEST_CASE("a directory can take its own rights away, mode and time in one call") {
  const ScratchDir at;
  give_to_everybody(at);
  const std::size_t index = any_index();
  const std::string problem = as_nobody([&]() -> std::string {
    const auto root = test::implementations()[index].open(at.path());
    if (auto made = root->make_directory("d", 0700); !made) return made.error().message();
    const auto inside = root->open_directory("d").value();
    const bool can_do = test::implementations()[index].name != "posix, old kernel, no /proc";
    const auto set = inside->set_own_attributes(mode_and_time(0000));
    if (can_do && !set) return wrong("set own", set);
    return root->stat("d")->mode == 0 ? "" : "another mode";
  });
  CAPTURE(problem);
  CHECK(problem.empty());
}

TEST_CASE("a directory that cannot be listed can still be written to and walked through") {
  const ScratchDir at;
  give_to_everybody(at);
  const std::size_t index = any_index();
  const std::string problem = as_nobody([&]() -> std::string {
    const auto root = test::implementations()[index].open(at.path());
    if (auto made = root->make_directory("d", 0300); !made) return made.error().message();
    auto opened = root->open_directory("d");
    if (!opened) return opened.error().message();
    if ((*opened)->names()) return "listed all the same";
    if ((*opened)->names().error().kind != base::ErrorKind::permission) return "another error than permission";
    if (auto done = (*opened)->create_temp("t").value()->commit({}, "f"); !done) return done.error().message();
    return root->open_file("d/f") ? "" : "cannot open d/f";
  });
  CAPTURE(problem);
  CHECK(problem.empty());
}

TEST_CASE("what the system refuses is a permission error, and a refused commit keeps the temp file") {
  const ScratchDir at;
  give_to_everybody(at);
  at.directory("roots");
  at.file("mine");
  const std::size_t index = any_index();
  if (::geteuid() != 0) {
    WARN("needs files of another user, so root: skipped");
    return;
  }
  const std::string problem = as_nobody([&]() -> std::string {
    const auto root = test::implementations()[index].open(at.path());
    const auto denied = [](const auto& result) {
      return !result && result.error().kind == base::ErrorKind::permission;
    };
    if (!denied(root->set_attributes("mine", FileType::regular, mode_and_time(0600)))) return "set mode of another's";
    auto roots = root->open_directory("roots");
    if (!roots || !denied((*roots)->create_temp("t"))) return "made a file in another's directory";
    fs::Attributes owner;
    owner.set_uid = true;
    owner.uid = 0;
    auto temp = root->create_temp("t").value();
    if (!denied(temp->commit(owner, "f"))) return "gave a file away";
    if (!root->stat("t")) return "the temp file is gone";
    return wrong("commit", temp->commit({}, "f"));
  });
  CAPTURE(problem);
  CHECK(problem.empty());
}
