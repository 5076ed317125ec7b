// What every Channel promises, over every way there is to make one.
#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/transport/fixture.h"

namespace g5ksync::transport::test {
namespace {

constexpr std::uint64_t kMB = 1'000'000;

std::string any_way() { return GENERATE(as<std::string>{}, "local", "direct", "jump", "gateway", "program"); }

TEST_CASE("a channel carries bytes both ways at once, bit for bit") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto channel = world.start(way, "cat");
  const Outcome outcome = talk(world.loop, *channel, 50 * kMB, 60s);
  CHECK(outcome.error == "");
  CHECK(outcome.state == ChannelState::ended);
  CHECK(outcome.received == 50 * kMB);
  CHECK(outcome.intact);
  CHECK(outcome.exit_status == 0);
}

TEST_CASE("a channel carries a lot in one direction") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto up = world.start(way, "wc -c");
  const Outcome sent = talk(world.loop, *up, 60 * kMB, 60s);
  CHECK(sent.out.substr(0, 9) == "60000000\n");
  const auto down = world.start(way, "head -c 60000000 /dev/zero");
  const Outcome got = talk(world.loop, *down, 0, 60s);
  CHECK(got.received == 60 * kMB);
  CHECK(got.exit_status == 0);
}

TEST_CASE("a channel tells the exit status, and the signal") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto seven = world.start(way, "echo out; echo err >&2; exit 7");
  const Outcome outcome = talk(world.loop, *seven);
  CHECK(outcome.out == "out\n");
  CHECK(outcome.err == "err\n");
  CHECK(outcome.exit_status == 7);
  const auto killed = world.start(way, "kill -9 $$");
  CHECK(talk(world.loop, *killed).exit_status == 137);
}

TEST_CASE("megabytes on standard error hold nothing up, and at most 64 KiB are kept") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto channel = world.start(way, "(head -c 5000000 /dev/zero >&2) & cat; wait; echo -n X >&2");
  CHECK(run_until(world.loop, [&] { return channel->state() != ChannelState::opening; }));
  std::this_thread::sleep_for(100ms);
  run_until(
      world.loop, [] { return false; }, 500ms);
  CHECK(channel->take_stderr().size() <= 65536);
  const Outcome outcome = talk(world.loop, *channel, 10 * kMB);
  CHECK(outcome.received == 10 * kMB);
  CHECK(outcome.intact);
  CHECK(outcome.exit_status == 0);
}

TEST_CASE("closing the input ends the command's standard input, and output still comes") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto channel = world.start(way, "cat >/dev/null; sleep 0.2; echo over");
  CHECK(talk(world.loop, *channel, 1000).out == "over\n");
  CHECK(channel->write(std::as_bytes(std::span("late", 4))) == 0);
}

TEST_CASE("a command that ends early does not hang its sender") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto channel = world.start(way, "head -c 100000 >/dev/null; echo enough; exit 3");
  const Outcome outcome = talk(world.loop, *channel, 200 * kMB);
  CHECK(outcome.out == "enough\n");
  CHECK(outcome.state == ChannelState::ended);
  CHECK(outcome.exit_status == 3);
}

TEST_CASE("a channel that is dropped ends its command and disturbs no other") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto other = world.start(way, "cat");
  auto dropped = world.start(way, "echo $$; exec sleep 1000");
  std::string pid;
  std::vector<std::byte> some(100);
  CHECK(run_until(world.loop, [&] {
    const std::size_t n = dropped->read(some);
    pid.append(reinterpret_cast<const char*>(some.data()), n);
    return pid.find('\n') != std::string::npos;
  }));
  dropped.reset();
  CHECK(talk(world.loop, *other, kMB).intact);
  const std::string process = "/proc/" + pid.substr(0, pid.size() - 1);
  // sshd leaves a command that neither reads nor writes alone; a local one is ended.
  if (way == "local") CHECK(::access(process.c_str(), F_OK) != 0);
  if (way != "local") ::kill(std::stoi(pid), SIGKILL);
}

TEST_CASE("bytes that nobody reads wait, within bounds") {
  const std::string way = any_way();
  CAPTURE(way);
  World world;
  const auto channel = world.start(way, "cat");
  std::vector<std::byte> block(100'000, std::byte{7});
  std::uint64_t sent = 0;
  run_until(
      world.loop,
      [&] {
        for (std::size_t n; (n = channel->write(block)) > 0;) sent += n;
        return false;
      },
      1500ms);
  CHECK(sent > 1'000'000);
  CHECK(sent < 64 * kMB);
  CHECK(channel->unsent() < 8 * kMB);
}

}  // namespace
}  // namespace g5ksync::transport::test
