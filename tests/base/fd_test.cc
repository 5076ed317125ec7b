#include "engine/base/fd.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

using g5ksync::base::Fd;

namespace {

Fd open_null() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed once, by its last owner") {
  int number = -1;
  {
    Fd first = open_null();
    number = first.get();
    Fd second = std::move(first);
    CHECK_FALSE(first);
    CHECK(second.get() == number);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("assignment closes what was there; assigning to itself does not") {
  Fd fd = open_null();
  const int first = fd.get();
  fd = open_null();
  CHECK_FALSE(is_open(first));
  Fd& same = fd;
  fd = std::move(same);
  CHECK(is_open(fd.get()));
}

TEST_CASE("release gives the descriptor away") {
  Fd fd = open_null();
  const int number = fd.release();
  CHECK_FALSE(fd);
  fd.reset();
  CHECK(is_open(number));
  ::close(number);
}
