#include "engine/exec/inline.h"

#include <catch2/catch.hpp>
#include <string>

using namespace g5ksync;

TEST_CASE("inline jobs run in the order submitted, when asked, on this thread") {
  exec::InlineExecutor executor;
  std::string order;
  executor.submit([&] {
    order += "a";
    executor.submit([&] { order += "c"; });
  });
  executor.submit([&] { order += "b"; });
  CHECK(order.empty());
  CHECK(executor.run_one());
  CHECK(order == "a");
  executor.wait_idle();
  CHECK(order == "abc");
  CHECK_FALSE(executor.run_one());
}
