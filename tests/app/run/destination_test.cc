// Directories at the destination that their owner may not write into.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "app/agent/destination.h"
#include "tests/fs/scratch.h"

namespace g5ksync::test {
namespace {

/// A destination whose only directory, with id 1, has this mode.
struct Place {
  explicit Place(std::uint32_t mode) {
    proto::Start start;
    start.run_id = std::string(16, 'a');
    start.destination = scratch.path();
    destination = app::Destination::open(start, "").value();
    const auto root = destination->directory(tree::kRoot).value();
    REQUIRE(root->make_directory("sub", 0700));
    destination->add(1, tree::kRoot, {.name = "sub", .attributes = {}});
    fs::Attributes attributes;
    attributes.set_mode = true;
    attributes.mode = mode;
    REQUIRE(destination->directory(1).value()->set_own_attributes(attributes));
  }
  std::uint32_t mode() { return destination->directory(1).value()->stat_self().value().mode & 07777; }
  void finish() {
    destination->finish([](proto::EntryId, const base::Error& error) { FAIL(error.context); });
  }
  ScratchDir scratch;
  std::unique_ptr<app::Destination> destination;
};

TEST_CASE("a directory is made writable for all who were refused at the same time, and is put back at the end") {
  Place place(0555);
  std::atomic<int> granted{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) writers.emplace_back([&] { granted += place.destination->make_writable(1) ? 1 : 0; });
  for (std::thread& writer : writers) writer.join();
  CHECK(granted == 8);
  CHECK(place.mode() == 0755);
  place.destination->touch(1);
  place.finish();
  CHECK(place.mode() == 0555);
}

TEST_CASE("a directory that its owner may write into is refused for another reason") {
  Place place(0755);
  CHECK_FALSE(place.destination->make_writable(1));
  place.finish();
  CHECK(place.mode() == 0755);
}

TEST_CASE("a root that is only written into keeps its mode") {
  Place place(0555);
  CHECK_FALSE(place.destination->make_writable(tree::kRoot));
}

}  // namespace
}  // namespace g5ksync::test
