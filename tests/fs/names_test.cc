#include "engine/fs/names.h"

#include <catch2/catch.hpp>
#include <cstdint>

using namespace g5ksync::fs;

TEST_CASE("temp and lease names carry their run id") {
  const std::string run = "0123456789abcdef";
  CHECK(temp_name(run, 0) == ".g5ksync.0123456789abcdef.0");
  CHECK(lease_name(run) == ".g5ksync.0123456789abcdef.lease");
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4711}, UINT64_MAX}) {
    CHECK(run_id_of(temp_name(run, number)) == run);
    CHECK(temp_name(run, number).size() <= 64);
  }
  CHECK(run_id_of(lease_name(run)) == run);
}

TEST_CASE("a user's file that only looks alike is no temp name") {
  for (const char* name :
       {"", ".", ".g5ksync", ".g5ksync.", ".g5ksync.config", ".g5ksync.0123456789abcdef", ".g5ksync.0123456789abcdef.",
        ".g5ksync.0123456789ABCDEF.1", ".g5ksync.0123456789abcdeg.1", ".g5ksync.0123456789abcde.1",
        ".g5ksync.0123456789abcdef0.1", ".g5ksync.0123456789abcdef.1x", ".g5ksync.0123456789abcdef.01",
        ".g5ksync.0123456789abcdef.-1", ".g5ksync.0123456789abcdef.lease2", ".g5ksync.0123456789abcdef.lease.1",
        "x.g5ksync.0123456789abcdef.1", ".g5ksync.0123456789abcdef.123456789012345678901"}) {
    INFO("name: " << name);
    CHECK(run_id_of(name).empty());
  }
}
