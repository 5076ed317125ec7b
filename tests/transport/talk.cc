// Running a loop until something is true, and a conversation with a command.
#include <algorithm>
#include <stdexcept>

#include "tests/transport/fixture.h"

namespace g5ksync::transport::test {

bool run_until(Loop& loop, const std::function<bool()>& done, std::chrono::milliseconds at_most) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    if (auto turned = loop.turn(50ms); !turned) throw std::runtime_error(turned.error().message());
  }
  return true;
}

namespace {

constexpr std::size_t kPeriod = 1048573;  // a prime

const std::vector<std::byte>& pattern_block() {
  static const std::vector<std::byte> block = [] {
    std::vector<std::byte> bytes(2 * kPeriod);
    std::uint64_t x = 88172645463325252ULL;
    for (std::size_t i = 0; i < kPeriod; ++i) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
      bytes[i] = bytes[i + kPeriod] = static_cast<std::byte>(x >> 32);
    }
    return bytes;
  }();
  return block;
}

}  // namespace

std::byte pattern(std::uint64_t offset) { return pattern_block()[offset % kPeriod]; }

Outcome talk(Loop& loop, Channel& channel, std::uint64_t bytes, std::chrono::milliseconds at_most) {
  Outcome outcome;
  std::vector<std::byte> buffer(200'000);
  bool closed = false;
  const auto begin = std::chrono::steady_clock::now();
  run_until(
      loop,
      [&] {
        for (std::size_t n; (n = channel.read(buffer)) > 0; outcome.received += n) {
          outcome.intact &=
              std::equal(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n),
                         pattern_block().begin() + static_cast<std::ptrdiff_t>(outcome.received % kPeriod));
          const std::size_t keep = std::min(n, 65536 - outcome.out.size());
          outcome.out.append(reinterpret_cast<const char*>(buffer.data()), keep);
        }
        while (outcome.sent < bytes) {
          const std::size_t at = outcome.sent % kPeriod;
          const std::size_t n = channel.write(
              std::span(pattern_block()).subspan(at, std::min<std::uint64_t>(300'000, bytes - outcome.sent)));
          outcome.sent += n;
          if (n == 0) break;
        }
        if (outcome.sent == bytes && !closed && channel.state() == ChannelState::open) {
          channel.close_write();
          closed = true;
        }
        const std::string some = channel.take_stderr();
        outcome.err.append(some, 0, 65536);
        outcome.state = channel.state();
        outcome.exit_status = channel.exit_status();
        return outcome.state == ChannelState::failed || (outcome.state == ChannelState::ended && outcome.exit_status);
      },
      at_most);
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (outcome.state == ChannelState::failed) {
    outcome.error = channel.error().message();
    outcome.kind = channel.error().kind;
  }
  return outcome;
}

}  // namespace g5ksync::transport::test
