// --chmod against rsync's: random changes of random modes, the same result.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "engine/tree/chmod.h"
#include "tests/fs/scratch.h"
#include "tests/tree/random.h"
#include "tests/tree/run_rsync.h"

using namespace g5ksync;
using fs::FileType;
using test::Random;
using test::ScratchDir;

namespace {

constexpr std::uint32_t kUmask = 027;

char pick(Random& random, std::string_view letters) { return letters[random() % letters.size()]; }

std::string random_change(Random& random, bool copies) {
  std::string text;
  const auto some = [&](std::string_view letters, std::uint32_t most) {
    for (std::uint32_t count = random() % (most + 1); count > 0; --count) text += pick(random, letters);
  };
  if (random() % 3 == 0) text += pick(random, "DF");
  if (random() % 6 == 0) {
    some("01234567", 4);
    if (random() % 8 == 0) text += pick(random, "89+u");
    return text;
  }
  some("ugoa", 3);
  if (random() % 30 > 0) text += pick(random, "+-=");
  if (copies && random() % 5 == 0)
    text += pick(random, "ugo");
  else
    some(random() % 20 == 0 ? "rwxXstugo+=z" : "rwxXst", 4);
  return text;
}

std::string random_changes(Random& random, bool copies) {
  std::string text = random_change(random, copies);
  while (random() % 2 == 0) text += "," + random_change(random, copies);
  return text;
}

/// rsync before 3.5 knows no copies ("g=u"), and takes "a+s" for setuid alone.
bool is_recent_rsync(const ScratchDir& at) {
  const std::string command =
      "rsync -n --chmod=g=u " + at.path("from/") + " " + at.path("nowhere/") + " 2>/dev/null >&2";
  return std::system(command.c_str()) == 0;
}

/// Fifos and directories: nobody has to open them, whatever their modes.
std::vector<std::string> plant(const ScratchDir& at, Random& random) {
  std::vector<std::string> names;
  const auto from = at.open()->open_directory("from").value();
  for (int i = 0; i < 24; ++i) {
    const FileType type = i % 3 == 0 ? FileType::directory : FileType::fifo;
    names.push_back((type == FileType::directory ? "d" : "f") + std::to_string(i));
    if (type == FileType::directory)
      REQUIRE(from->make_directory(names.back(), 0700));
    else
      REQUIRE(from->make_node(names.back(), type, 0600, 0));
    fs::Attributes attributes;
    attributes.set_mode = true;
    attributes.mode = random() % 010000;
    if (type == FileType::directory) attributes.mode |= 0500;  // a scan must list it
    REQUIRE(from->set_attributes(names.back(), type, attributes));
  }
  return names;
}

/// False if rsync refuses the changes.
bool rsync_copies(const ScratchDir& at, const std::string& changes) {
  const std::string command = "umask 027; rsync -rp --specials --chmod='" + changes + "' " + at.path("from/") + "* " +
                              at.path("to/") + " 2>/dev/null >&2";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) && WEXITSTATUS(status) != 1;
}

}  // namespace

TEST_CASE("random changes of modes come out as with rsync") {
  if (!test::have_rsync()) return;
  const std::uint32_t seed = test::test_seed();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::uint32_t runs = 0, refused = 0;
  for (; runs < test::rounds(150) && std::chrono::steady_clock::now() < end; ++runs) {
    Random random(seed + runs);
    const ScratchDir at;
    at.directory("from");
    const bool recent = is_recent_rsync(at);
    const std::vector<std::string> names = plant(at, random);
    const std::string changes = random_changes(random, recent);
    INFO("G5KSYNC_TEST_SEED=" << seed + runs << " rsync --chmod=" << changes);
    if (!recent && changes.find('s') != std::string::npos) continue;
    at.directory("to");
    const bool taken = rsync_copies(at, changes);
    tree::ModeChanges ours;
    REQUIRE(ours.add(changes, kUmask).has_value() == taken);
    if (!taken) ++refused;
    for (const std::string& name : names) {
      if (!taken) break;
      fs::Stat stat = at.open()->open_directory("from").value()->stat(name).value();
      const fs::Stat theirs = at.open()->open_directory("to").value()->stat(name).value();
      INFO(name << " had mode " << std::oct << stat.mode);
      ours.apply(stat);
      // Who is not root gives himself all rights on directories while he works, and rsync leaves some of them.
      const std::uint32_t spared = stat.type == FileType::directory && ::geteuid() != 0 ? 0700 : 0;
      REQUIRE((stat.mode | spared) == (theirs.mode | spared));
    }
  }
  std::printf("%u changes of modes, %u of them refused by both, seed %u\n", runs, refused, seed);
}

TEST_CASE("a link has no mode to change, and changes add up") {
  tree::ModeChanges changes;
  REQUIRE(changes.add("u+x", 022));
  REQUIRE(changes.add("D2775,Fgo=", 022));
  CHECK_FALSE(changes.add("go=r,,", 022));
  CHECK_FALSE(changes.add("", 022));
  CHECK_FALSE(changes.add("10000", 022));
  CHECK_FALSE(changes.add("DF+x", 022));
  const auto changed = [&](FileType type, std::uint32_t mode) {
    fs::Stat stat;
    stat.type = type;
    stat.mode = mode;
    changes.apply(stat);
    return stat.mode;
  };
  CHECK(changed(FileType::regular, 0644) == 0700);
  CHECK(changed(FileType::directory, 0700) == 02775);
  CHECK(changed(FileType::symlink, 0777) == 0777);
}
