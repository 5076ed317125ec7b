#include "app/cli/progress.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "engine/base/fd.h"
#include "tests/app/cli/terminal.h"

namespace g5ksync::app {
namespace {

/// A pipe whose reading end never waits.
class Sink {
 public:
  Sink() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    read_ = base::Fd(ends[0]);
    write_ = base::Fd(ends[1]);
  }
  int fd() const { return write_.get(); }
  std::string take() const {
    std::string text;
    std::array<char, 4096> piece;
    for (;;) {
      const ssize_t count = ::read(read_.get(), piece.data(), piece.size());
      if (count <= 0) return text;
      text.append(piece.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  base::Fd read_, write_;
};

struct Display {
  Sink out, err;
  Screen screen{40, 10};
  ProgressOptions options(bool live) {
    ProgressOptions chosen;
    chosen.out_fd = out.fd();
    chosen.err_fd = err.fd();
    chosen.live = live;
    chosen.out_is_terminal = live;
    chosen.screen = [this] { return screen; };
    return chosen;
  }
};

RunStatus two_hosts(double seconds) {
  RunStatus run;
  run.listed = true;
  run.seconds = seconds;
  run.hosts.resize(2);
  run.hosts[0].name = "nancy";
  run.hosts[1].name = "lyon";
  return run;
}

TEST_CASE("the live block is redrawn in place, and printed lines stay above it") {
  Display display;
  Terminal terminal(40);
  Progress progress(display.options(true));
  RunStatus run = two_hosts(0);
  progress.update(run);
  terminal.feed(display.err.take());
  CHECK(terminal.screen() == "nancy  waiting\nlyon   waiting\ntotal  0 of 2 done  0 entries 0 B  0.0s\n");
  CHECK(terminal.row() == 3);
  CHECK(terminal.column() == 0);

  run.seconds = 0.2;
  run.hosts[0].phase = HostPhase::connecting;
  progress.print(Stream::err, "lyon: x/y: Permission denied");
  progress.print(Stream::out, "<f+++++++++ a");
  progress.update(run);
  terminal.feed(display.err.take());
  CHECK(terminal.screen() ==
        "lyon: x/y: Permission denied\n<f+++++++++ a\n"
        "nancy  connecting...\nlyon   waiting\ntotal  0 of 2 done  0 entries 0 B  0.2s\n");

  run.seconds = 0.4;
  run.hosts.resize(1);
  progress.update(run);
  terminal.feed(display.err.take());
  CHECK(terminal.screen() ==
        "lyon: x/y: Permission denied\n<f+++++++++ a\nnancy  connecting...\ntotal  0 entries 0 B  0.4s\n");

  run.hosts[0].phase = HostPhase::done;
  progress.finish(run);
  terminal.feed(display.err.take());
  terminal.feed("ok: nancy\n");
  CHECK(terminal.screen() ==
        "lyon: x/y: Permission denied\n<f+++++++++ a\n"
        "nancy  up to date in 0.0s\ntotal  0 entries 0 B  0.4s\nok: nancy\n");
  CHECK(display.out.take().empty());
}

TEST_CASE("the block of a comparison makes way for its report, which says the same") {
  Display display;
  Terminal terminal(40);
  Progress progress(display.options(true));
  RunStatus run = two_hosts(0);
  run.task = Task::status;
  progress.update(run);
  progress.print(Stream::out, "*only there a");
  run.hosts[0].phase = run.hosts[1].phase = HostPhase::done;
  progress.finish(run);
  terminal.feed(display.err.take());
  terminal.feed(display.out.take());
  CHECK(terminal.screen() == "*only there a\n");
  CHECK(terminal.row() == 1);

  Progress plain(display.options(false));
  plain.update(run);
  plain.finish(run);
  CHECK((display.out.take() + display.err.take()).empty());
}

TEST_CASE("the block is drawn at most ten times a second, and only when it changed") {
  Display display;
  Progress progress(display.options(true));
  progress.update(two_hosts(0));
  CHECK_FALSE(display.err.take().empty());
  progress.update(two_hosts(0.05));
  CHECK(display.err.take().empty());
  progress.update(two_hosts(0.11));
  CHECK_FALSE(display.err.take().empty());
  progress.update(two_hosts(0.11 + 0.1001));
  CHECK_FALSE(display.err.take().empty());
  progress.finish(two_hosts(0.11 + 0.1001));
  CHECK(display.err.take().empty());
}

TEST_CASE("a terminal that became narrower has wrapped the lines, which are wiped all the same") {
  Display display;
  Progress progress(display.options(true));
  RunStatus run = two_hosts(0);
  run.hosts[0].phase = HostPhase::connecting;
  run.hosts[0].detail = "checking the host key";
  progress.update(run);
  Terminal narrow(20);
  narrow.feed(display.err.take());
  REQUIRE(narrow.row() == 5);  // two of the three lines took two rows
  display.screen.width = 20;
  run.seconds = 0.2;
  progress.update(run);
  narrow.feed(display.err.take());
  CHECK(narrow.screen() == "nancy  checking ...\nlyon   waiting\ntotal  0 of 2 do...\n");
}

TEST_CASE("the block makes room for a question and comes back") {
  Display display;
  Terminal terminal(40);
  Progress progress(display.options(true));
  progress.update(two_hosts(0));
  progress.suspend();
  terminal.feed(display.err.take());
  CHECK(terminal.screen().empty());
  CHECK(terminal.row() == 0);
  terminal.feed("Passphrase: \n");
  progress.update(two_hosts(5));
  CHECK(display.err.take().empty());
  progress.resume();
  progress.update(two_hosts(5.01));
  terminal.feed(display.err.take());
  CHECK(terminal.screen() == "Passphrase:\nnancy  waiting\nlyon   waiting\ntotal  0 of 2 done  0 entries 0 B  5.0s\n");
}

TEST_CASE("a display that ends without finish() leaves nothing behind but what was printed") {
  Display display;
  Terminal terminal(40);
  {
    Progress progress(display.options(true));
    progress.update(two_hosts(0));
    progress.print(Stream::err, "stop");
  }
  terminal.feed(display.err.take());
  CHECK(terminal.screen() == "stop\n");
}

TEST_CASE("colour marks what went wrong") {
  Display display;
  ProgressOptions options = display.options(true);
  options.color = true;
  Progress progress(options);
  RunStatus run = two_hosts(0);
  run.hosts[0].phase = HostPhase::failed;
  run.hosts[1].counters.problems = 1;
  progress.update(run);
  const std::string text = display.err.take();
  CHECK(text.find("\033[31mnancy  failed: no reason given\033[0m") != std::string::npos);
  CHECK(text.find("\033[33mlyon   waiting\033[0m") != std::string::npos);
}

TEST_CASE("elsewhere than on a terminal each host is told once, when it is done or failed") {
  Display display;
  Progress progress(display.options(false));
  RunStatus run = two_hosts(0);
  progress.update(run);
  CHECK(display.out.take().empty());
  run.seconds = 1;
  run.hosts[1].phase = HostPhase::done;
  progress.print(Stream::out, "<f+++++++++ a");
  progress.update(run);
  CHECK(display.out.take() == "<f+++++++++ a\nlyon: up to date in 0.0s\n");
  run.seconds = 2;
  run.hosts[0].phase = HostPhase::failed;
  run.hosts[0].error = base::Error{base::ErrorKind::timeout, 0, "connection timed out"};
  progress.finish(run);
  CHECK(display.out.take() == "nancy: failed: connection timed out\n");
  CHECK(display.err.take().empty());
}

TEST_CASE("with -q only what is printed comes") {
  Display display;
  ProgressOptions options = display.options(false);
  options.quiet = true;
  Progress progress(options);
  RunStatus run = two_hosts(0);
  run.hosts[0].phase = HostPhase::done;
  progress.update(run);
  progress.print(Stream::err, "lyon: x: Permission denied");
  progress.finish(run);
  CHECK(display.out.take().empty());
  CHECK(display.err.take() == "lyon: x: Permission denied\n");
}

TEST_CASE("many printed lines are written before they fill the memory, in their order") {
  Display display;
  Progress progress(display.options(false));
  std::string expected;
  for (int i = 0; i < 2'000; ++i) {
    const std::string line = "<f+++++++++ file" + std::to_string(i);
    expected += line + "\n";
    progress.print(Stream::out, line);
  }
  std::string seen = display.out.take();
  CHECK(seen.size() > expected.size() / 2);
  progress.update(two_hosts(0));
  seen += display.out.take();
  CHECK(seen == expected);
}

TEST_CASE("rates are those of the last five seconds") {
  RateMeter meter;
  RunStatus run = two_hosts(0);
  const auto at = [&](double seconds, std::uint64_t first, std::uint64_t second) {
    run.seconds = seconds;
    run.hosts[0].counters.bytes_written = first;
    run.hosts[1].counters.bytes_written = second;
    return meter.sample(run);
  };
  CHECK(at(0, 0, 0).total == 0);
  CHECK(at(1, 1000, 500).hosts == std::vector<double>{1000, 500});
  for (int i = 2; i <= 10; ++i) at(i, 1000, static_cast<std::uint64_t>(500 * i));
  CHECK(at(11, 1000, 5500).hosts == std::vector<double>{0, 500});
  CHECK(at(12, 0, 6000).hosts[0] == 0);
}

TEST_CASE("a rate starts with a host's first bytes, not with the wait before them") {
  RateMeter meter;
  RunStatus run = two_hosts(0);
  meter.sample(run);
  run.seconds = 3;
  meter.sample(run);
  run.seconds = 4;
  run.hosts[0].counters.bytes_written = 1000;
  CHECK(meter.sample(run).hosts == std::vector<double>{1000, 0});
}

}  // namespace
}  // namespace g5ksync::app
