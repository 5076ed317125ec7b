#include "engine/tree/quick_check.h"

#include <catch2/catch.hpp>

using namespace g5ksync;
using fs::FileType;
using tree::AttributeMask;
using tree::compare;
using tree::Difference;
using tree::FileEntry;
using tree::itemize;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

FileEntry entry_of(FileType type) {
  FileEntry entry;
  entry.name = "n";
  entry.stat.type = type;
  entry.stat.mode = 0644;
  entry.stat.size = 10;
  entry.stat.mtime = {100, 500};
  return entry;
}

struct Case {
  FileEntry entry = entry_of(FileType::regular);
  fs::Stat there = entry.stat;
  std::string target;
  AttributeMask mask;
  std::uint64_t unit = 1;

  Difference difference() const { return compare(entry, there, target, mask, unit); }
  std::string text() const { return itemize(entry, difference()); }
};

}  // namespace

TEST_CASE("nothing differs: nothing to say") {
  Case c;
  CHECK_FALSE(c.difference().any());
  CHECK(c.text().empty());
  c.there.ino = 7, c.there.dev = 8, c.there.nlink = 9, c.there.ctime = {1, 1}, c.there.uid = 5, c.there.gid = 6;
  CHECK_FALSE(c.difference().any());
}

TEST_CASE("something that is not there is made") {
  for (const auto& [type, text] :
       {std::pair{FileType::regular, "<f+++++++++"}, std::pair{FileType::directory, "cd+++++++++"},
        std::pair{FileType::symlink, "cL+++++++++"}, std::pair{FileType::fifo, "cS+++++++++"},
        std::pair{FileType::socket, "cS+++++++++"}}) {
    const FileEntry entry = entry_of(type);
    const Difference difference = compare(entry, std::nullopt, "", {}, 1);
    CHECK(difference.missing);
    CHECK(itemize(entry, difference) == text);
  }
}

TEST_CASE("another type there counts as missing") {
  Case c;
  c.there.type = FileType::directory;
  CHECK(c.difference().type);
  CHECK(c.difference().needs_content());
  CHECK(c.text() == "<f+++++++++");
}

TEST_CASE("the quick check is size and time, whether or not times are kept") {
  Case c;
  c.there.size = 11;
  CHECK(c.text() == "<f.s.......");
  c.there.mtime.seconds = 99;
  CHECK(c.text() == "<f.st......");
  c.mask.mtime = false;
  CHECK(c.text() == "<f.sT......");
  c.there.size = 10;
  CHECK(c.difference().needs_content());
  CHECK(c.text() == "<f..T......");
}

TEST_CASE("times are compared in the coarser unit, downwards also before the epoch") {
  Case c;
  c.there.mtime = {100, 600};
  CHECK(c.difference().mtime);
  c.unit = 1000;
  CHECK_FALSE(c.difference().any());
  c.there.mtime = {100, 1000};
  CHECK(c.difference().mtime);
  c.unit = kSecond;
  CHECK_FALSE(c.difference().any());
  c.there.mtime = {101, 0};
  CHECK(c.difference().mtime);
  c.unit = 2 * kSecond;
  CHECK_FALSE(c.difference().any());
  c.entry.stat.mtime = {-1, 0};
  c.there.mtime = {-2, 999};
  CHECK_FALSE(c.difference().any());
  c.there.mtime = {0, 0};
  CHECK(c.difference().mtime);
}

TEST_CASE("attributes count only where the run keeps them") {
  Case c;
  c.there.mode = 0600, c.there.uid = 1, c.there.gid = 1;
  CHECK(c.text() == ".f...p.....");
  CHECK_FALSE(c.difference().needs_content());
  c.mask.owner = c.mask.group = true;
  CHECK(c.text() == ".f...pog...");
  c.mask = {.mode = false};
  CHECK_FALSE(c.difference().any());
}

TEST_CASE("directories differ in their attributes only") {
  Case c;
  c.entry = entry_of(FileType::directory);
  c.there = c.entry.stat;
  c.there.size = 4096, c.there.mtime.seconds = 3;
  CHECK(c.text() == ".d..t......");
  c.mask.mtime = false;
  CHECK_FALSE(c.difference().any());
}

TEST_CASE("links differ in target and time; a link has no mode") {
  Case c;
  c.entry = entry_of(FileType::symlink);
  c.entry.link_target = c.target = "t";
  c.there = c.entry.stat;
  c.there.mode = 0777;
  CHECK_FALSE(c.difference().any());
  c.there.mtime.seconds = 3;
  CHECK(c.text() == ".L..t......");
  c.target = "other";
  CHECK(c.text() == "cLc.t......");
}

TEST_CASE("devices differ in their numbers") {
  Case c;
  c.entry = entry_of(FileType::char_device);
  c.there = c.entry.stat;
  c.there.rdev = 5;
  CHECK_FALSE(c.difference().any());  // -D is off
  c.mask.devices = true;
  CHECK(c.difference().content);
  CHECK(c.text() == "cDc........");
}

TEST_CASE("types that the run leaves out never differ") {
  AttributeMask mask{.devices = false, .specials = false, .symlinks = false};
  for (const FileType type : {FileType::symlink, FileType::fifo, FileType::socket, FileType::block_device})
    CHECK_FALSE(compare(entry_of(type), std::nullopt, "", mask, 1).any());
}

TEST_CASE("a fifo for a socket is a change, not something new") {
  Case c;
  c.entry = entry_of(FileType::fifo);
  c.there = c.entry.stat;
  c.there.type = FileType::socket;
  CHECK_FALSE(c.difference().type);
  CHECK(c.difference().content);
  CHECK(c.text() == "cSc........");
  c.there.type = FileType::char_device;
  CHECK(c.text() == "cS+++++++++");
}

TEST_CASE("by sums, content of the same size is open until its sum is known") {
  Case c;
  const auto by_sum = [&] { return compare(c.entry, c.there, "", c.mask, 1, tree::ContentCheck::sum); };
  c.there.mtime.seconds = 99;  // times say nothing about content
  CHECK(by_sum().undecided);
  CHECK_FALSE(by_sum().needs_content());
  CHECK(itemize(c.entry, tree::decided(by_sum(), true, c.mask)) == ".f..t......");
  CHECK(itemize(c.entry, tree::decided(by_sum(), false, c.mask)) == "<fc.t......");
  CHECK(tree::decided(by_sum(), false, c.mask).needs_content());
  CHECK_FALSE(tree::decided(by_sum(), false, c.mask).undecided);
  c.mask.mtime = false;
  CHECK_FALSE(tree::decided(by_sum(), true, c.mask).any());
  CHECK(itemize(c.entry, tree::decided(by_sum(), false, c.mask)) == "<fc.T......");
  c.there.size = 11;  // nothing is open
  CHECK_FALSE(by_sum().undecided);
  CHECK(itemize(c.entry, tree::decided(by_sum(), true, c.mask)) == "<fcsT......");
  c.entry.stat.size = c.there.size = 0;
  CHECK_FALSE(by_sum().undecided);
  CHECK_FALSE(by_sum().any());
}
