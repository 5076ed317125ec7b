#include "engine/base/error.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>

using namespace g5ksync::base;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorKind::usage, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  G5K_ASSIGN(const int once, half(number));
  G5K_TRY(half(once));
  return half(once);
}

Result<std::unique_ptr<int>> boxed(int number) {
  G5K_ASSIGN(const int value, half(number));
  return std::make_unique<int>(value);
}

Result<int> unboxed(int number) {
  G5K_ASSIGN(const std::unique_ptr<int> box, boxed(number));
  return *box;
}

}  // namespace

TEST_CASE("errors pass through the macros, values go on") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).error().context == "odd");
  CHECK(quarter(7).error().kind == ErrorKind::usage);
  CHECK(unboxed(8).value() == 4);
  CHECK_FALSE(unboxed(9));
}

TEST_CASE("context grows outwards and the system's words come last") {
  const Error inner = fail_errno(ENOSPC, "write x").value();
  CHECK(inner.kind == ErrorKind::no_space);
  CHECK(inner.message() == "write x: No space left on device");
  CHECK(Error(inner).with("nancy").message() == "nancy: write x: No space left on device");
  CHECK(Error{ErrorKind::io, ENOENT, ""}.message() == "No such file or directory");
  CHECK(Error{ErrorKind::io, 0, ""}.with("alone").message() == "alone");
  CHECK(Error{ErrorKind::protocol, 0, "bad frame"}.message() == "bad frame");
}

TEST_CASE("errno values have the kind that an exit code needs") {
  CHECK(kind_of_errno(ENOENT) == ErrorKind::not_found);
  CHECK(kind_of_errno(EACCES) == ErrorKind::permission);
  CHECK(kind_of_errno(EPERM) == ErrorKind::permission);
  CHECK(kind_of_errno(EDQUOT) == ErrorKind::no_space);
  CHECK(kind_of_errno(ECONNRESET) == ErrorKind::connection);
  CHECK(kind_of_errno(ETIMEDOUT) == ErrorKind::timeout);
  CHECK(kind_of_errno(EIO) == ErrorKind::io);
}
