#include "app/cli/report.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "app/cli/sites_view.h"

namespace g5ksync::app {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

HostStatus done(const std::string& name, std::uint64_t files = 0) {
  HostStatus host;
  host.name = name;
  host.phase = HostPhase::done;
  host.counters.files_written = host.counters.files_wanted = files;
  host.counters.bytes_written = host.counters.bytes_wanted = files * kMiB;
  host.bytes_out = files * kMiB / 2;
  host.bytes_in = files * 1024;
  host.seconds = 2.5;
  return host;
}

HostStatus failed(const std::string& name, ErrorKind kind, const std::string& context) {
  HostStatus host;
  host.name = name;
  host.phase = HostPhase::failed;
  host.error = Error{kind, 0, context};
  return host;
}

RunStatus mixed_run() {
  RunStatus run;
  run.listed = true;
  run.entries = 20;
  run.files = 12;
  run.bytes = 20 * kMiB;
  run.seconds = 3.2;
  for (int i = 1; i <= 7; ++i) run.hosts.push_back(done("gros-" + std::to_string(i) + ".nancy", 10));
  run.hosts.push_back(failed("gros-8.nancy", ErrorKind::timeout, "connection timed out"));
  run.hosts.push_back(failed("lyon", ErrorKind::timeout, "connection timed out"));
  run.hosts.push_back(done("rennes", 3));
  run.hosts.back().counters.problems = 2;
  return run;
}

Problem problem(const std::string& host, const std::string& path, ErrorKind kind = ErrorKind::permission,
                int sys_errno = EACCES) {
  return {host, path, Error{kind, sys_errno, ""}};
}

TEST_CASE("the outcome is folded, and failures say what to do") {
  const RunStatus run = mixed_run();
  const std::vector<Target> targets{{"gros-8.nancy", "gros-8.nancy.g5k"}, {"lyon", "lyon.g5k"}};
  CHECK(ok_line(run) == "ok: gros-[1-7].nancy\n");
  CHECK(failure_lines(run, targets) ==
        "partly: rennes (2 problems)\n"
        "failed: gros-8.nancy,lyon: connection timed out (see whether this works: ssh gros-8.nancy.g5k true)\n");
}

TEST_CASE("hosts that did not come to an end are told as interrupted") {
  RunStatus run;
  run.hosts.resize(2);
  run.hosts[0].name = "a1";
  run.hosts[1].name = "a2";
  run.hosts[1].phase = HostPhase::transferring;
  CHECK(failure_lines(run, {}) == "failed: a[1,2]: interrupted\n");
  CHECK(ok_line(run).empty());
}

TEST_CASE("figures: what was written, what it cost") {
  RunStatus run = mixed_run();
  CHECK(figures_line(run, RunKind::real) ==
        "73 files, 73.0 MiB written on 8 hosts; sent 36.5 MiB, received 73.0 KiB in 3.2s; speedup 4.38\n");
  run.hosts = {done("nancy")};
  run.hosts[0].bytes_out = 1'000;
  run.hosts[0].bytes_in = 24;
  CHECK(figures_line(run, RunKind::real) ==
        "no file needed writing; sent 1000 B, received 24 B in 3.2s; speedup 20,480.00\n");
  run.hosts = {done("nancy", 1)};
  CHECK(figures_line(run, RunKind::dry)
            .starts_with("dry run, nothing was changed: 1 file, 1.0 MiB would be written; sent"));
  run.hosts = {failed("nancy", ErrorKind::auth, "no key")};
  CHECK(figures_line(run, RunKind::real) == "nothing was written; sent 0 B, received 0 B in 3.2s\n");
}

TEST_CASE("the same problem on many hosts is one line; those of the source stand alone") {
  const std::vector<Problem> problems{problem("lyon", "x/y"), problem("", "x/z"), problem("nancy", "x/y"),
                                      problem("nancy", "x/y", ErrorKind::no_space, ENOSPC), problem("", "x/y")};
  CHECK(problem_lines(problems, ProblemCap::few) ==
        "lyon,nancy: x/y: Permission denied\n"
        "x/z: Permission denied\n"
        "nancy: x/y: No space left on device\n"
        "x/y: Permission denied\n");
}

TEST_CASE("problems are capped unless all are asked for") {
  std::vector<Problem> problems;
  for (int i = 0; i < 22; ++i) problems.push_back(problem("n" + std::to_string(i % 2), "f" + std::to_string(i / 1)));
  const std::string few = problem_lines(problems, ProblemCap::few);
  CHECK(few.ends_with("n1: f19: Permission denied\nand 2 more problems (-v shows all)\n"));
  CHECK(problem_lines(problems, ProblemCap::all).ends_with("n1: f21: Permission denied\n"));
  problems.pop_back();
  CHECK(problem_lines(problems, ProblemCap::few).ends_with("and 1 more problem (-v shows all)\n"));
  CHECK(problem_lines({}, ProblemCap::few).empty());
}

TEST_CASE("itemized lines are rsync's, with the host before them where there are several") {
  CHECK(itemized_line("", "<f+++++++++", "dir/file") == "<f+++++++++ dir/file");
  CHECK(itemized_line("", "cd+++++++++", "dir") == "cd+++++++++ dir/");
  CHECK(itemized_line("", ".d..t......", "") == ".d..t...... ./");
  CHECK(itemized_line("", "cL+++++++++", "l", "a/b") == "cL+++++++++ l -> a/b");
  CHECK(itemized_line("lyon", "<f.st......", "f") == "lyon <f.st...... f");
}

TEST_CASE("names in a report cannot write to the terminal") {
  RunStatus run;
  run.hosts = {failed("a\033[2J", ErrorKind::io, "b\nc")};
  CHECK(failure_lines(run, {}) == "failed: a\\033[2J: b\\nc\n");
  CHECK(problem_lines(std::vector{problem("", "x\ny")}, ProblemCap::few) == "x\\ny: Permission denied\n");
  CHECK(itemized_line("", "<f+++++++++", "a\rb\xff") == "<f+++++++++ a\\rb\\377");
}

TEST_CASE("with --stats: the scan, the packing, a table") {
  RunStatus run;
  run.listed = true;
  run.entries = 1'234;
  run.files = 1'000;
  run.bytes = 20 * kMiB;
  run.encoded_raw = 10 * kMiB;
  run.encoded_packed = 5 * kMiB;
  run.hosts = {done("nancy", 10), done("lyon", 1)};
  run.hosts[0].agent_bytes = 2 * kMiB;
  run.hosts[0].agent_peak_memory = 30 * kMiB;
  run.hosts[0].agent_cpu_micros = 1'500'000;
  run.hosts[1].counters.files_skipped = 9;
  run.hosts[1].seconds = 1.5;
  CHECK(stats_block(run) ==
        "listed:  1,234 entries, 1,000 files, 20.0 MiB\n"
        "packed:  10.0 MiB to 5.0 MiB, once for all hosts\n"
        "sent:    5.5 MiB to all hosts, of them 2.0 MiB agent\n"
        "host   files   content  up to date  deleted       sent  received    agent    memory   cpu  time\n"
        "nancy     10  10.0 MiB           0        0    5.0 MiB  10.0 KiB  2.0 MiB  30.0 MiB  1.5s  2.5s\n"
        "lyon       1   1.0 MiB           9        0  512.0 KiB   1.0 KiB      0 B       0 B  0.0s  1.5s\n"
        "total     11  11.0 MiB           9        0    5.5 MiB  11.0 KiB  2.0 MiB  30.0 MiB  1.5s  2.5s\n");
}

TEST_CASE("what was copied at the hosts instead of sent is told") {
  RunStatus run;
  run.listed = true;
  run.hosts = {done("nancy", 10), done("lyon", 3)};
  CHECK_THAT(figures_line(run, RunKind::real), !Catch::Contains("copied"));
  run.hosts[0].counters.files_copied = 8;
  run.hosts[0].counters.bytes_copied = 8 * kMiB;
  run.hosts[1].counters.files_copied = 1;
  CHECK_THAT(figures_line(run, RunKind::real),
             Catch::Contains("13 files, 13.0 MiB written (9 copied there) on 2 hosts"));
  CHECK_THAT(stats_block(run), Catch::Contains("copied:  9 files, 8.0 MiB, from other names on their hosts\n"));
}

TEST_CASE("deletions are counted, and a host where they were held back is in part done") {
  RunStatus run;
  run.hosts.resize(2);
  run.hosts[0].name = "nancy";
  run.hosts[1].name = "lyon";
  for (HostStatus& host : run.hosts) host.phase = HostPhase::done;
  run.hosts[0].counters.deleted = 1200;
  run.hosts[1].counters.deletions_held = 12;
  CHECK(ok_line(run) == "ok: nancy\n");
  CHECK(failure_lines(run, {}) == "partly: lyon (12 deletions held back)\n");
  run.hosts[1].counters.problems = 1;
  CHECK(failure_lines(run, {}) == "partly: lyon (1 problem, 12 deletions held back)\n");
  CHECK(figures_line(run, RunKind::real).starts_with("no file needed writing, 1,200 entries deleted on 2 hosts;"));
  CHECK(itemized_line("", "*deleting  ", "a/dir/") == "*deleting   a/dir/");
}

TEST_CASE("the report puts results on one stream and errors on the other; -q leaves the errors") {
  PushOptions options;
  const RunStatus run = mixed_run();
  const std::vector<Problem> problems{problem("rennes", "x")};
  const Report loud = report(options, {}, run, problems);
  CHECK(loud.out.ends_with("\nok: gros-[1-7].nancy\n"));
  CHECK(loud.err.starts_with("rennes: x: Permission denied\npartly: rennes (2 problems)\nfailed: "));
  options.output.quiet = true;
  options.output.stats = true;
  const Report quiet = report(options, {}, run, problems);
  CHECK(quiet.out.empty());
  CHECK(quiet.err == loud.err);
}

TEST_CASE("sites are listed with what ssh is asked for") {
  CHECK(site_lines(std::vector<Target>{{"nancy", "nancy.g5k"}, {"strasbourg", "strasbourg.g5k"}}) ==
        "nancy       nancy.g5k\nstrasbourg  strasbourg.g5k\n");
}

TEST_CASE("checked sites are a table and a sum") {
  const std::vector<SiteCheck> checks{{{"nancy", "nancy.g5k"}, 0.52, std::nullopt},
                                      {{"lyon", "lyon.g5k"}, 30, Error{ErrorKind::timeout, 0, "no answer"}}};
  CHECK(check_lines(checks) ==
        "nancy  ok       0.5s\n"
        "lyon   failed  30.0s  no answer (see whether this works: ssh lyon.g5k true)\n"
        "1 of 2 sites can be used\n");
}

}  // namespace
}  // namespace g5ksync::app
