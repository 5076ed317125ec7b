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

TEST_CASE("a temp file's name tells what it was to be called") {
  const std::string run = "0123456789abcdef";
  for (const std::string target : {"file", "x", "Gr\xc3\xbc\xc3\x9f", "a name\n with odd \x01 bytes"}) {
    for (const std::uint32_t number : {std::uint32_t{0}, std::uint32_t{17}, UINT32_MAX}) {
      const std::string name = temp_name_for(run, number, target);
      CHECK(run_id_of(name) == run);
      CHECK(name.size() <= 64);
      CHECK(is_temp_of(name, target));
      CHECK_FALSE(is_temp_of(name, target + "2"));
      CHECK_FALSE(is_temp_of(temp_name(run, number), target));
    }
    CHECK_FALSE(is_temp_of(lease_name(run), target));
    CHECK_FALSE(is_temp_of(target, target));
  }
  CHECK(temp_name_for(run, 1, "file") != temp_name_for(run, 2, "file"));
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
