#include "app/cli/comparison.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "app/cli/exit_code.h"

namespace g5ksync::app {
namespace {

using base::Error;
using base::ErrorKind;

HostStatus compared(const std::string& name, proto::Counters counters = {}) {
  HostStatus host;
  host.name = name;
  host.phase = HostPhase::done;
  host.counters = counters;
  host.bytes_out = 1000;
  host.bytes_in = 100;
  return host;
}

HostStatus down(const std::string& name) {
  HostStatus host;
  host.name = name;
  host.phase = HostPhase::failed;
  host.error = Error{ErrorKind::connection, ECONNREFUSED, ""};
  return host;
}

/// 6 entries that a push would make or mend; of `missing` nothing is there.
proto::Counters differing(std::uint64_t missing, std::uint64_t only_there = 0) {
  proto::Counters counters;
  counters.files_wanted = 2;
  counters.directories_made = counters.links_made = counters.nodes_made = counters.attributes_set = 1;
  counters.missing = missing;
  counters.deleted = only_there;
  return counters;
}

RunStatus run_of(std::vector<HostStatus> hosts, Task task = Task::status) {
  RunStatus run;
  run.task = task;
  run.listed = true;
  run.entries = 1'204;
  run.files = 1'000;
  run.bytes = std::uint64_t{3} << 20;
  run.seconds = 1.5;
  run.hosts = std::move(hosts);
  return run;
}

PushOptions options_of(const OutputOptions& output = {}) {
  PushOptions options;
  options.output = output;
  return options;
}

TEST_CASE("comparison: what a host has is said in three counts") {
  const auto words = [](const proto::Counters& counters) {
    return comparison_words(compared("a", counters), run_of({}));
  };
  CHECK(words({}) == "same");
  CHECK(words(differing(0)) == "6 different");
  CHECK(words(differing(4, 1'234)) == "4 missing, 2 different, 1,234 only there");
  CHECK(words(differing(6)) == "6 missing");
  CHECK(words(differing(1'000)) == "6 missing");  // an agent that counts wrongly
  proto::Counters extra;
  extra.deleted = 1;
  CHECK(words(extra) == "1 only there");
  extra.deleted = 0;
  extra.problems = 1;
  CHECK(words(extra) == "no other difference");
}

TEST_CASE("comparison: hosts with the same outcome share a line; those that failed have none") {
  const RunStatus run = run_of({compared("gros-1.nancy"), compared("lyon", differing(6, 2)), compared("gros-2.nancy"),
                                down("rennes"), compared("lille", differing(6, 2))});
  CHECK(comparison_lines(run) == "gros-[1,2].nancy: same\nlyon,lille: 6 missing, 2 only there\n");
}

TEST_CASE("comparison: the report says what was compared, and what could not be") {
  const std::vector<Target> targets{{"lyon", "lyon.g5k"}, {"rennes", "rennes.g5k"}};
  const RunStatus run = run_of({compared("nancy"), compared("lyon", differing(6)), down("rennes")});
  const Report report = comparison_report(options_of(), targets, run, {});
  CHECK(report.out ==
        "1,204 entries compared with 2 hosts; sent 2.0 KiB, received 200 B in 1.5s\n"
        "nancy: same\nlyon: 6 missing\n");
  CHECK_THAT(report.err, Catch::StartsWith("failed: rennes: "));
  const Report verified = comparison_report(options_of(), targets, run_of({compared("nancy")}, Task::verify), {});
  CHECK(verified.out ==
        "1,000 files, 3.0 MiB, compared by content with 1 host; sent 1000 B, received 100 B in 1.5s\n"
        "nancy: same\n");
  CHECK(verified.err.empty());
  OutputOptions quiet;
  quiet.quiet = true;
  CHECK(comparison_report(options_of(quiet), targets, run, {}).out.empty());
  CHECK(comparison_report(options_of(), targets, run_of({down("rennes")}), {}).out == "nothing was compared\n");
}

TEST_CASE("comparison: --stats counts what differs, not what was written") {
  OutputOptions output;
  output.stats = true;
  const RunStatus run = run_of({compared("nancy"), compared("lyon", differing(4, 3))});
  const std::string text = comparison_report(options_of(output), {}, run, {}).out;
  CHECK_THAT(text, Catch::Contains("host   missing  different  only there     sent  received"));
  CHECK_THAT(text, Catch::Contains("lyon         4          2           3   1000 B     100 B"));
  CHECK_THAT(text, Catch::Contains("total        4          2           3  2.0 KiB     200 B"));
}

TEST_CASE("comparison: where the source could not be read, nobody looked for what is only there, and that is said") {
  RunStatus run = run_of({compared("nancy")});
  run.source_problems = 1;
  run.hosts[0].counters.deletions_held = 3;
  const Problem unreadable{"", "a/b", {ErrorKind::permission, EACCES, ""}, false};
  const Problem notice{"nancy", "", {ErrorKind::io, 0, "nothing was deleted"}, true};
  const Problem gone{"", "a/c", {ErrorKind::not_found, ENOENT, ""}, false};
  const std::string words = "not all could be read here: what is only there was not looked for\n";
  const Report report = comparison_report(options_of(), {}, run, std::vector{unreadable, notice});
  CHECK_THAT(report.out, Catch::EndsWith("nancy: no other difference\n"));
  CHECK(report.err == "a/b: Permission denied\n" + words);
  CHECK_THAT(comparison_report(options_of(), {}, run, std::vector{gone}).err, !Catch::Contains(words));
  CHECK(comparison_exit_code(run, std::vector{unreadable}) == kExitPartial);
}

TEST_CASE("comparison: the exit code is 43 where something differs and all hosts were compared") {
  const auto code = [](std::vector<HostStatus> hosts) { return comparison_exit_code(run_of(std::move(hosts)), {}); };
  CHECK(code({compared("a"), compared("b")}) == 0);
  CHECK(code({compared("a"), compared("b", differing(0))}) == kExitDiffers);
  CHECK(code({compared("a", differing(0, 1)), compared("b", differing(6))}) == kExitDiffers);
  CHECK(code({compared("a"), compared("b", differing(0)), down("c")}) == kExitHostsDiffer);
  CHECK(code({down("a"), down("b")}) == 255);
  proto::Counters troubled = differing(1);
  troubled.problems = 1;
  CHECK(code({compared("a", troubled)}) == kExitPartial);
}

TEST_CASE("comparison: content that differs alone is told apart from what size or time give away") {
  CHECK(only_content_differs("<fc........"));
  CHECK(only_content_differs("<fc..p....."));
  for (const char* other : {"<fcs.......", "<fc.t......", "<fc.T......", "<f.s.......", ".f..t......", "cLc........",
                            "<f+++++++++", "*only there", "<", ""})
    CHECK_FALSE(only_content_differs(other));
  CHECK(content_line("nancy", "a\x1b/b") == "nancy: a\\033/b: content differs though size and time are equal");
}

}  // namespace
}  // namespace g5ksync::app
