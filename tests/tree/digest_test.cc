// Digests: what counts in them, and what does not.
#include "engine/tree/digest.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "engine/exec/inline.h"
#include "engine/tree/digest_scan.h"
#include "tests/fs/scratch.h"

namespace g5ksync::tree {
namespace {

namespace stdfs = std::filesystem;
using test::ScratchDir;

FileEntry file(const std::string& name) {
  FileEntry made{name, {}, {}};
  made.stat.size = 5;
  made.stat.mode = 0644;
  made.stat.uid = 1000;
  made.stat.gid = 100;
  made.stat.mtime = {1'700'000'003, 123'456'789};
  return made;
}

Digest own(const FileEntry& entry, const DigestRules& rules, const std::string& owner = "",
           const std::string& group = "") {
  OwnDigest digest(rules);
  digest.add(entry, owner, group);
  return digest.result();
}

std::string hex(const Digest& digest) {
  std::string text;
  for (const std::byte byte : digest) {
    text += "0123456789abcdef"[static_cast<unsigned>(byte) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned>(byte) & 15];
  }
  return text;
}

TEST_CASE("every attribute of the mask counts in a digest, and no other") {
  const DigestRules all{{true, true, true, true, true, true, true}, 1, true, true};
  const FileEntry one = file("a");
  FileEntry other = one;
  SECTION("name") { other.name = "b"; }
  SECTION("size") { ++other.stat.size; }
  SECTION("type") { other.stat.type = fs::FileType::fifo; }
  SECTION("mtime") { ++other.stat.mtime.nanos; }
  SECTION("mode") { other.stat.mode = 0600; }
  SECTION("owner") { other.stat.uid = 0; }
  SECTION("group") { other.stat.gid = 0; }
  CHECK(own(one, all) != own(other, all));
  const DigestRules none{{false, false, false, false, false, false, false}, 1, true, true};
  const bool counts_always = one.name != other.name || one.stat.size != other.stat.size ||
                             one.stat.type != other.stat.type || one.stat.mtime != other.stat.mtime;
  CHECK((own(one, none) == own(other, none)) == !counts_always);
}

TEST_CASE("times count in whole units of the coarser end") {
  FileEntry one = file("a"), other = one;
  other.stat.mtime.nanos = 0;
  CHECK(own(one, {{}, 1}) != own(other, {{}, 1}));
  CHECK(own(one, {{}, 1'000'000'000}) == own(other, {{}, 1'000'000'000}));
  other.stat.mtime.seconds -= 1;
  CHECK(own(one, {{}, 1'000'000'000}) != own(other, {{}, 1'000'000'000}));
  CHECK(own(one, {{}, 2'000'000'000}) == own(other, {{}, 2'000'000'000}));
}

TEST_CASE("what a host cannot set does not count; owners count by name where they have one") {
  DigestRules rules;
  rules.mask.owner = rules.mask.group = true;
  FileEntry one = file("a"), other = one;
  other.stat.uid = 77;
  CHECK(own(one, rules) != own(other, rules));
  CHECK(own(one, rules, "jdoe") == own(other, rules, "jdoe"));
  CHECK(own(one, rules, "jdoe") != own(one, rules));
  rules.owner = false;
  CHECK(own(one, rules) == own(other, rules));
  other.stat.gid = 78;
  CHECK(own(one, rules) != own(other, rules));
  rules.group = false;
  CHECK(own(one, rules) == own(other, rules));
}

TEST_CASE("the digest of the documentation") {
  OwnDigest digest({});
  digest.add(file("a"), "", "");
  const Digest own = digest.result();
  CHECK(hex(own) == "f8ea78e917c03f842ccad89fce74aa94");
  CHECK(hex(directory_digest(own, {own})) == "5715a5fd0f74d940644f8ea017c07a1f");
}

TEST_CASE("an unreadable directory is like no other") {
  OwnDigest here({}), there({});
  here.never_equal(1);
  there.never_equal(2);
  CHECK(here.result() != there.result());
}

// --- of trees on disk -----------------------------------------------------------------------------------------------

std::shared_ptr<const DigestTree> scan(const std::string& path, const std::vector<std::string>& names = {},
                                       const FilterRules& rules = {}) {
  std::shared_ptr<const DigestTree> got;
  exec::InlineExecutor executor;
  DigestScanOptions options;
  options.rules.mask.mtime = false;
  options.own_run_id = "0123456789abcdef";
  options.files = true;
  (void)scan_digests(executor, std::shared_ptr<const fs::Directory>(fs::open_root(path).value()), names, rules, options,
                     [&](std::shared_ptr<const DigestTree> tree) { got = std::move(tree); });
  executor.wait_idle();
  REQUIRE(got);
  return got;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  stdfs::last_write_time(path, stdfs::file_time_type{});
}

void make_tree(const std::string& root) {
  stdfs::create_directories(root + "/a/b");
  stdfs::create_directories(root + "/c");
  write(root + "/a/b/file", "12345");
  write(root + "/c/other", "1");
}

TEST_CASE("files are found by their size, with their paths, in the order of their times") {
  ScratchDir scratch;
  make_tree(scratch.path());
  write(scratch.path() + "/a/b/large", std::string(5'000, 'x'));
  write(scratch.path() + "/top", std::string(5'000, 'y'));
  write(scratch.path() + "/c/larger", std::string(5'001, 'y'));
  stdfs::last_write_time(scratch.path() + "/top", stdfs::file_time_type{} + std::chrono::seconds(5));
  const auto tree = scan(scratch.path());
  const auto paths = [&](std::uint64_t size) {
    std::vector<std::string> all;
    for (const FileIndex::File& file : tree->files()->of_size(size)) all.push_back(tree->path(file));
    return all;
  };
  CHECK(paths(5'000) == std::vector<std::string>{"a/b/large", "top"});
  CHECK(paths(5'001) == std::vector<std::string>{"c/larger"});
  CHECK(paths(5'002).empty());
  CHECK(paths(5).empty());  // too small to be worth it
}

TEST_CASE("equal trees have equal digests, and a change costs its path") {
  ScratchDir scratch;
  const std::string one = scratch.path() + "/one", two = scratch.path() + "/two";
  make_tree(one);
  make_tree(two);
  REQUIRE(scan(one)->root().digest);
  CHECK(scan(one)->root().digest == scan(two)->root().digest);
  CHECK(scan(one)->root().entries == 5);
  CHECK(scan(one)->root().files == 2);
  write(two + "/a/b/file", "123456");
  const auto a = scan(one), b = scan(two);
  const auto digest = [](const DigestTree& tree, const std::string& name) {
    const DigestNode* node = tree.find(tree.root(), name);
    REQUIRE(node);
    return node->digest;
  };
  CHECK(a->root().digest != b->root().digest);
  CHECK(digest(*a, "a") != digest(*b, "a"));
  CHECK(digest(*a, "c") == digest(*b, "c"));
  CHECK_FALSE(a->find(a->root(), "b"));
}

TEST_CASE("names that only one end has make a directory differ, unless they are excluded or the run's own") {
  ScratchDir scratch;
  const std::string one = scratch.path() + "/one";
  make_tree(one);
  const auto before = scan(one)->root().digest;
  FilterRules rules;
  REQUIRE(rules.add(FilterAction::exclude, "left"));
  write(one + "/a/.g5ksync.0123456789abcdef.7", "this run's");
  CHECK(scan(one)->root().digest == before);
  write(one + "/c/.g5ksync.aaaaaaaaaaaaaaaa.1", "a dead run's");
  CHECK(scan(one)->root().digest != before);
  stdfs::remove(one + "/c/.g5ksync.aaaaaaaaaaaaaaaa.1");
  write(one + "/.g5ksync.aaaaaaaaaaaaaaaa.lease", "");
  CHECK_FALSE(scan(one)->root().digest == before);
  stdfs::remove(one + "/.g5ksync.aaaaaaaaaaaaaaaa.lease");
  write(one + "/c/left", "");
  CHECK(scan(one)->root().digest != before);
  CHECK(scan(one, {}, rules)->root().digest == before);
}

TEST_CASE("of a root that is not the run's own only what is named is looked at") {
  ScratchDir scratch;
  const std::string one = scratch.path() + "/one";
  make_tree(one);
  const auto tree = scan(one, {"c", "missing"});
  CHECK(tree->find(tree->root(), "c"));
  CHECK_FALSE(tree->find(tree->root(), "a"));
}

}  // namespace
}  // namespace g5ksync::tree
