// Trees that are wider, deeper or longer than a walk is used to.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/exec/inline.h"
#include "engine/exec/threads.h"
#include "tests/fs/scratch.h"
#include "tests/tree/recorder.h"

using namespace g5ksync;
using test::ScratchDir;

namespace {

/// Lowers the limit on open descriptors while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{count, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lowered);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

void fill(const std::string& directory, int count) {
  const base::Fd at(::open(directory.c_str(), O_PATH | O_CLOEXEC));
  for (int i = 0; i < count; ++i) {
    const std::string name = "file-" + std::to_string(i);
    REQUIRE(::mknodat(at.get(), name.c_str(), S_IFREG | 0644, 0) == 0);
  }
}

}  // namespace

TEST_CASE("a directory of 100,000 entries is one listing") {
  const ScratchDir at;
  at.directory("big");
  fill(at.path("big"), 100000);
  at.directory("big/sub");
  at.file("big/sub/f");
  for (const auto make : test::executors()) {
    const auto recorder = test::scan(*make(), {{at.open(), ""}});
    CHECK(recorder->broken.empty());
    CHECK(recorder->entries.size() == 100003);
    CHECK(recorder->listed.at("big"));
    CHECK(recorder->entries.contains("big/sub/f"));
    CHECK(recorder->problems.empty());
  }
}

TEST_CASE("thousands of directories that wait need no descriptors, not even when many are big") {
  const ScratchDir at;
  for (int i = 0; i < 3000; ++i) at.directory("d" + std::to_string(i));
  for (int i = 0; i < 60; ++i) fill(at.path("d" + std::to_string(i)), 2100);
  for (const auto make : test::executors()) {
    const auto executor = make();
    std::unique_ptr<test::Recorder> recorder;
    {
      const FewDescriptors few(80);
      recorder = test::scan(*executor, {{at.open(), ""}});
    }
    CHECK(recorder->broken.empty());
    CHECK(recorder->problems.empty());
    CHECK(recorder->entries.size() == 3000 + 60 * 2100);
  }
}

TEST_CASE("a chain of 1,500 directories, with paths of 16,000 bytes, is scanned to its end") {
  const ScratchDir at;
  const std::string path = test::make_chain(at.path(), "directory", 1500);
  for (const auto make : test::executors()) {
    const auto recorder = test::scan(*make(), {{at.open(), ""}});
    CHECK(recorder->broken.empty());
    CHECK(recorder->problems.empty());
    CHECK(recorder->entries.size() == 1500);
    CHECK(recorder->entries.contains(path));
    CHECK(recorder->listed.at(path));
  }
}

TEST_CASE("names of 255 bytes may be nested far beyond the longest path of the system") {
  const ScratchDir at;
  const std::string path = test::make_chain(at.path(), std::string(255, 'x'), 100);
  const auto recorder = test::scan_contents(at.open());
  CHECK(recorder->problems.empty());
  CHECK(recorder->listed.at(path));
}

TEST_CASE("a tree deeper than the cap is a problem, and all above it is given") {
  const ScratchDir at;
  test::make_chain(at.path(), "d", 5);
  tree::ScanOptions options;
  options.max_depth = 3;
  const auto recorder = test::scan_contents(at.open(), {}, options);
  CHECK(recorder->broken.empty());
  CHECK(recorder->paths() == "d d/d d/d/d d/d/d/d");
  CHECK(recorder->problems.size() == 1);
  CHECK(recorder->problems.contains("d/d/d/d"));
  CHECK_FALSE(recorder->listed.at("d/d/d/d"));
  CHECK(recorder->listed.at("d/d/d"));
}
