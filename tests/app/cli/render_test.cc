#include "app/cli/render.h"

#include <catch2/catch.hpp>

#include "app/cli/columns.h"

namespace g5ksync::app {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

HostStatus host(const std::string& name, HostPhase phase) {
  HostStatus status;
  status.name = name;
  status.phase = phase;
  return status;
}

/// One host in each phase.
RunStatus busy_run() {
  RunStatus run;
  run.listed = true;
  run.entries = 50'000;
  run.files = 40'000;
  run.bytes = 300 * kMiB;
  run.seconds = 75;
  run.hosts.push_back(host("bordeaux", HostPhase::waiting));
  run.hosts.push_back(host("grenoble", HostPhase::connecting));
  run.hosts.back().detail = "checking the host key";
  run.hosts.push_back(host("lille", HostPhase::deploying));
  run.hosts.back().agent_bytes = kMiB;
  run.hosts.push_back(host("lyon", HostPhase::comparing));
  run.hosts.back().counters.entries_compared = 12'345;
  run.hosts.push_back(host("nancy", HostPhase::transferring));
  run.hosts.back().counters.bytes_wanted = 100 * kMiB;
  run.hosts.back().counters.bytes_written = 45 * kMiB;
  run.hosts.push_back(host("rennes", HostPhase::finishing));
  run.hosts.push_back(host("sophia", HostPhase::done));
  run.hosts.back().counters.files_written = 310;
  run.hosts.back().counters.bytes_written = run.hosts.back().counters.bytes_wanted = 12 * kMiB;
  run.hosts.back().seconds = 3.2;
  run.hosts.push_back(host("toulouse", HostPhase::failed));
  run.hosts.back().error = Error{ErrorKind::timeout, 0, "connection timed out"};
  return run;
}

Rates busy_rates() { return {5.5 * kMiB, {0, 0, 0, 1.0 * kMiB, 4.5 * kMiB, 0, 0, 0}}; }

std::string text_of(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) text += line.text + "\n";
  return text;
}

TEST_CASE("a run that only compares does not speak of writing or sending") {
  RunStatus run = busy_run();
  run.task = Task::verify;
  run.hosts.resize(7);
  run.hosts[4].counters.files_skipped = 11'990;
  run.hosts[4].counters.files_wanted = 10;
  run.hosts[5].counters.files_skipped = 40'000;
  run.hosts[6].counters = {};
  const std::string text = text_of(render(run, busy_rates(), {80, 24, true}));
  CHECK_THAT(text, Catch::Contains("nancy     comparing content: 12,000 of 40,000 files\n"));
  CHECK_THAT(text, Catch::Contains("rennes    looking for what is only there…\n"));
  CHECK_THAT(text, Catch::Contains("sophia    same\n"));
  CHECK_THAT(text, Catch::Contains("total     1 of 7 done  50,000 entries 300.0 MiB  1m15s\n"));
  run.task = Task::status;
  CHECK(host_words(run.hosts[4], run, 0) == "looking for what is only there…");
}

TEST_CASE("render: every phase in words, 80 columns") {
  CHECK(text_of(render(busy_run(), busy_rates(), {80, 24, true})) ==
        "bordeaux  waiting\n"
        "grenoble  checking the host key…\n"
        "lille     sending agent  1.0 MiB\n"
        "lyon      comparing 12,345 of 50,000 entries  1.0 MiB/s\n"
        "nancy     45 %  4.5 MiB/s  ETA 13s\n"
        "rennes    setting times and modes…\n"
        "sophia    done: 310 files 12.0 MiB in 3.2s\n"
        "toulouse  failed: connection timed out\n"
        "total     1 of 8 done, 1 failed  5.5 MiB/s  50,000 entries 300.0 MiB  1m15s\n");
}

TEST_CASE("render: narrow screens cut lines, with the locale's ellipsis") {
  CHECK(text_of(render(busy_run(), busy_rates(), {30, 24, true})) ==
        "bordeaux  waiting\n"
        "grenoble  checking the host …\n"
        "lille     sending agent  1.0…\n"
        "lyon      comparing 12,345 o…\n"
        "nancy     45 %  4.5 MiB/s  E…\n"
        "rennes    setting times and …\n"
        "sophia    done: 310 files 12…\n"
        "toulouse  failed: connection…\n"
        "total     1 of 8 done, 1 fai…\n");
  CHECK(text_of(render(busy_run(), busy_rates(), {24, 24, false})) ==
        "bordeaux  waiting\n"
        "grenoble  checking t...\n"
        "lille     sending ag...\n"
        "lyon      comparing ...\n"
        "nancy     45 %  4.5 ...\n"
        "rennes    setting ti...\n"
        "sophia    done: 310 ...\n"
        "toulouse  failed: co...\n"
        "total     1 of 8 don...\n");
}

TEST_CASE("render: fewer rows than hosts show the failed, the busy and a count") {
  CHECK(text_of(render(busy_run(), busy_rates(), {80, 7, true})) ==
        "lyon      comparing 12,345 of 50,000 entries  1.0 MiB/s\n"
        "nancy     45 %  4.5 MiB/s  ETA 13s\n"
        "rennes    setting times and modes…\n"
        "toulouse  failed: connection timed out\n"
        "… and 4 more: 1 done, 1 waiting, 2 at work\n"
        "total     1 of 8 done, 1 failed  5.5 MiB/s  50,000 entries 300.0 MiB  1m15s\n");
  CHECK(text_of(render(busy_run(), busy_rates(), {80, 2, true})) ==
        "total  1 of 8 done, 1 failed  5.5 MiB/s  50,000 entries 300.0 MiB  1m15s\n");
}

TEST_CASE("render: many failures take at most half of the lines") {
  RunStatus run;
  for (int i = 0; i < 50; ++i) run.hosts.push_back(host("f" + std::to_string(i), HostPhase::failed));
  for (int i = 0; i < 50; ++i) run.hosts.push_back(host("c" + std::to_string(i), HostPhase::comparing));
  CHECK(text_of(render(run, {}, {80, 8, true})) ==
        "f0     failed: no reason given\n"
        "f1     failed: no reason given\n"
        "f2     failed: no reason given\n"
        "c0     comparing 0 entries\n"
        "c1     comparing 0 entries\n"
        "… and 95 more: 47 failed, 48 at work\n"
        "total  0 of 100 done, 50 failed  listing: 0 entries 0 B  0.0s\n");
}

TEST_CASE("render: when all hosts are compared the total has a share and a time to come") {
  RunStatus run;
  run.listed = true;
  run.seconds = 2;
  for (const char* name : {"a", "b"}) {
    run.hosts.push_back(host(name, HostPhase::transferring));
    run.hosts.back().counters.bytes_wanted = 100 * kMiB;
    run.hosts.back().counters.bytes_written = 25 * kMiB;
  }
  run.hosts[1].counters.bytes_written = 100 * kMiB;
  CHECK(text_of(render(run, {1.0 * kMiB, {1.0 * kMiB, 0}}, {80, 24, false})) ==
        "a      25 %  1.0 MiB/s  ETA 1m15s\n"
        "b      99 %\n"
        "total  0 of 2 done  62 %  1.0 MiB/s  ETA 1m15s  0 entries 0 B  2.0s\n");
}

TEST_CASE("render: a single host") {
  RunStatus run;
  run.entries = 1'234;
  run.bytes = 5 * kMiB;
  run.seconds = 0.5;
  run.hosts.push_back(host("nancy", HostPhase::connecting));
  CHECK(text_of(render(run, {}, {80, 24, true})) ==
        "nancy  connecting…\n"
        "total  listing: 1,234 entries 5.0 MiB  0.5s\n");
}

TEST_CASE("host words for endings") {
  const RunStatus run;
  HostStatus done = host("a", HostPhase::done);
  done.seconds = 0.4;
  CHECK(host_words(done, run, 0) == "up to date in 0.4s");
  done.counters.attributes_set = 1;
  CHECK(host_words(done, run, 0) == "done: 1 change in 0.4s");
  done.counters.directories_made = 2;
  CHECK(host_words(done, run, 0) == "done: 3 changes in 0.4s");
  done.counters.files_written = 1;
  CHECK(host_words(done, run, 0) == "done: 1 file 0 B in 0.4s");
  done.counters.problems = 2;
  CHECK(host_words(done, run, 0) == "done: 1 file 0 B in 0.4s, 2 problems");
  HostStatus poor = host("a", HostPhase::done);
  poor.counters.problems = 1;
  CHECK(host_words(poor, run, 0) == "done: nothing written in 0.0s, 1 problem");
  CHECK(finished_line(done, run) == "a: done: 1 file 0 B in 0.4s, 2 problems");
}

TEST_CASE("host words: only empty files are left to write, and a time to come that is too long to guess") {
  const RunStatus run;
  HostStatus status = host("a", HostPhase::transferring);
  status.counters.files_wanted = 10;
  status.counters.files_written = 3;
  CHECK(host_words(status, run, 0) == "writing 3 of 10 files");
  status.counters.bytes_wanted = std::uint64_t{1} << 60;
  CHECK(host_words(status, run, 1) == "0 %  1 B/s");
  status.counters.bytes_written = std::uint64_t{1} << 55;
  CHECK(host_words(status, run, 1) == "3 %  1 B/s  ETA long");
}

TEST_CASE("names and reasons cannot write to the terminal") {
  RunStatus run;
  run.hosts.push_back(host("a\033[2Jb", HostPhase::failed));
  run.hosts.back().error = Error{ErrorKind::io, 0, "x\r\ny\xff"};
  CHECK(text_of(render(run, {}, {80, 24, true})) ==
        "a\\033[2Jb  failed: x\\r\\ny\\377\n"
        "total      listing: 0 entries 0 B  0.0s\n");
}

TEST_CASE("property: no line is wider than the screen, and there are never too many") {
  RunStatus run = busy_run();
  run.hosts[0].name = "日本語のとても長い名前のホスト";
  run.hosts[1].name = "e\xcc\x81";
  for (std::size_t width = 1; width < 100; ++width) {
    for (std::size_t height = 1; height < 14; ++height) {
      for (const bool utf8 : {false, true}) {
        const auto lines = render(run, busy_rates(), {width, height, utf8});
        REQUIRE(lines.size() <= std::max<std::size_t>(1, height - 1));
        for (const Line& line : lines) REQUIRE(columns_of(line.text) <= std::max<std::size_t>(1, width - 1));
      }
    }
  }
}

TEST_CASE("columns of text") {
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("é") == 1);
  CHECK(columns_of("e\xcc\x81") == 1);
  CHECK(columns_of("日本") == 4);
  CHECK(columns_of("🚀") == 2);
  CHECK(cut_to("abcdef", 6, true) == "abcdef");
  CHECK(cut_to("abcdef", 5, true) == "abcd…");
  CHECK(cut_to("abcdef", 5, false) == "ab...");
  CHECK(cut_to("abcdef", 2, false) == "ab");
  CHECK(cut_to("日本語", 5, true) == "日本…");
  CHECK(cut_to("日本語", 4, true) == "日…");
  CHECK(cut_to("", 0, true).empty());
  CHECK(plain_ascii("é…日a") == "?...?a");
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(1'234'567) == "1,234,567");
}

TEST_CASE("tables align their columns and leave no blanks at the ends") {
  CHECK(table({{"host", "n"}, {"日", "100"}, {"x"}}, {Align::left}) == "host    n\n日    100\nx\n");
}

}  // namespace
}  // namespace g5ksync::app
