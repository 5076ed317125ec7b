#include "app/cli/comparison.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "app/cli/columns.h"
#include "app/cli/exit_code.h"
#include "app/cli/grouping.h"
#include "app/cli/nodeset.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

std::string compared_line(const RunStatus& run) {
  const auto hosts = static_cast<std::uint64_t>(
      std::ranges::count_if(run.hosts, [](const HostStatus& host) { return host.phase == HostPhase::done; }));
  if (hosts == 0) return "nothing was compared\n";
  const std::string what = run.task == Task::verify ? counted(run.files, "file") + ", " + base::human_bytes(run.bytes) +
                                                          ", compared by content"
                                                    : counted(run.entries, "entry", "entries") + " compared";
  return what + " with " + counted(hosts, "host") + traffic_words(run) + "\n";
}

/// Something of the source could not be read, by which a name there may be extra or not.
bool source_failed(std::span<const Problem> problems) {
  return std::ranges::any_of(problems, [](const Problem& problem) {
    return problem.host.empty() && problem.error.kind != base::ErrorKind::not_found &&
           problem.error.kind != base::ErrorKind::changed;
  });
}

}  // namespace

Differences differences_of(const proto::Counters& counters) {
  const std::uint64_t to_do = counters.files_wanted + counters.directories_made + counters.links_made +
                              counters.nodes_made + counters.attributes_set;
  const std::uint64_t missing = std::min(counters.missing, to_do);
  return {missing, to_do - missing, counters.deleted};
}

std::string comparison_words(const HostStatus& host, const RunStatus& run) {
  const Differences found = differences_of(host.counters);
  if (!found.any()) return host.counters.problems + run.source_problems > 0 ? "no other difference" : "same";
  std::string text;
  const auto add = [&text](std::uint64_t count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + grouped(count) + " " + what;
  };
  add(found.missing, "missing");
  add(found.different, "different");
  add(found.only_there, "only there");
  return text;
}

std::string comparison_lines(const RunStatus& run) {
  Grouping<std::string> outcomes;
  for (const HostStatus& host : run.hosts) {
    if (host.phase != HostPhase::done) continue;
    const std::string words = comparison_words(host, run);
    outcomes.add(words, host.name, words);
  }
  std::string text;
  for (const auto& outcome : outcomes.groups())
    text += base::printable(fold_nodeset(outcome.hosts)) + ": " + outcome.thing + "\n";
  return text;
}

int comparison_exit_code(const RunStatus& run, std::span<const Problem> problems) {
  if (const int code = exit_code(run, problems); code != 0) return code;
  const bool any =
      std::ranges::any_of(run.hosts, [](const HostStatus& host) { return differences_of(host.counters).any(); });
  return any ? kExitDiffers : 0;
}

bool only_content_differs(std::string_view itemized) { return itemized.size() > 4 && itemized.substr(1, 4) == "fc.."; }

std::string content_line(std::string_view host, std::string_view path) {
  return base::printable(host) + ": " + base::printable(path) + ": content differs though size and time are equal";
}

Report comparison_report(const PushOptions& options, std::span<const Target> targets, const RunStatus& run,
                         std::span<const Problem> problems) {
  Report made;
  if (!options.output.quiet) {
    if (options.output.stats) made.out += stats_block(run);
    made.out += compared_line(run) + unsettable_line(run) + comparison_lines(run);
  }
  std::vector<Problem> to_tell;  // notices are on what was not deleted: here nothing is
  std::ranges::copy_if(problems, std::back_inserter(to_tell), [](const Problem& problem) { return !problem.notice; });
  RunStatus rest = run;
  for (HostStatus& host : rest.hosts) host.counters.deletions_held = 0;
  made.err = problem_lines(to_tell, options.output.verbosity > 0 ? ProblemCap::all : ProblemCap::few);
  if (source_failed(problems)) made.err += "not all could be read here: what is only there was not looked for\n";
  made.err += failure_lines(rest, targets, options.connection.ssh_config);
  return made;
}

}  // namespace g5ksync::app
