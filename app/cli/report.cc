#include "app/cli/report.h"

#include <algorithm>

#include "app/cli/advice.h"
#include "app/cli/columns.h"
#include "app/cli/grouping.h"
#include "app/cli/nodeset.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

std::string folded(const Names& hosts) { return base::printable(fold_nodeset(hosts)); }

bool is_ok(const HostStatus& host) {
  return host.phase == HostPhase::done && host.counters.problems == 0 && host.counters.deletions_held == 0;
}

/// "3 problems", "12 deletions held back".
std::string why_partly(const proto::Counters& counters, bool each) {
  const std::string suffix = each ? " each" : "";
  std::string text = counters.problems > 0 ? counted(counters.problems, "problem") + suffix : "";
  if (counters.deletions_held > 0)
    text += (text.empty() ? "" : ", ") + counted(counters.deletions_held, "deletion") + " held back" + suffix;
  return text;
}

base::Error error_of(const HostStatus& host) {
  return host.error.value_or(base::Error{base::ErrorKind::interrupted, 0, ""});
}

std::string ssh_name_of(const std::string& name, std::span<const Target> targets) {
  const auto target = std::find_if(targets.begin(), targets.end(), [&](const Target& t) { return t.name == name; });
  return target == targets.end() ? name : target->ssh_name;
}

std::string two_decimals(double number) {
  const auto hundredths = static_cast<std::uint64_t>(number * 100 + 0.5);
  const std::string below = std::to_string(hundredths % 100);
  return grouped(hundredths / 100) + "." + (below.size() < 2 ? "0" : "") + below;
}

struct Sums {
  std::uint64_t files = 0, bytes = 0, copied = 0, deleted = 0, out = 0, in = 0;
  std::uint64_t done = 0, written_to = 0;  // hosts
};

Sums sums_of(const RunStatus& run, RunKind kind) {
  Sums sums;
  for (const HostStatus& host : run.hosts) {
    const std::uint64_t files = kind == RunKind::dry ? host.counters.files_wanted : host.counters.files_written;
    sums.files += files;
    sums.written_to += files > 0 ? 1 : 0;
    sums.bytes += kind == RunKind::dry ? host.counters.bytes_wanted : host.counters.bytes_written;
    sums.copied += host.counters.files_copied;
    sums.deleted += host.counters.deleted;
    sums.out += host.bytes_out;
    sums.in += host.bytes_in;
    sums.done += host.phase == HostPhase::done ? 1 : 0;
  }
  return sums;
}

}  // namespace

std::string ok_line(const RunStatus& run) {
  Names hosts;
  for (const HostStatus& host : run.hosts)
    if (is_ok(host)) hosts.push_back(host.name);
  return hosts.empty() ? "" : "ok: " + folded(hosts) + "\n";
}

std::string failure_lines(const RunStatus& run, std::span<const Target> targets, const std::string& ssh_config) {
  Grouping<proto::Counters> partly;
  Grouping<base::Error> failed;
  for (const HostStatus& host : run.hosts) {
    if (is_ok(host)) continue;
    if (host.phase == HostPhase::done)
      partly.add(why_partly(host.counters, false), host.name, host.counters);
    else
      failed.add(what_happened("", error_of(host)), host.name, error_of(host));
  }
  std::string text;
  for (const auto& group : partly.groups())
    text += "partly: " + folded(group.hosts) + " (" + why_partly(group.thing, group.hosts.size() > 1) + ")\n";
  for (const auto& group : failed.groups()) {
    const std::string ssh = ssh_words(ssh_config, ssh_name_of(group.hosts.front(), targets));
    const std::string advice = what_to_do(group.thing, ssh);
    text += "failed: " + folded(group.hosts) + ": " + what_happened("", group.thing) +
            (advice.empty() ? "" : " (" + advice + ")") + "\n";
  }
  return text;
}

std::string traffic_words(const RunStatus& run) {
  std::uint64_t out = 0, in = 0;
  for (const HostStatus& host : run.hosts) out += host.bytes_out, in += host.bytes_in;
  return "; sent " + base::human_bytes(out) + ", received " + base::human_bytes(in) + " in " +
         base::human_duration(run.seconds);
}

std::string unsettable_line(const RunStatus& run) {
  std::uint64_t count = 0;
  for (const HostStatus& host : run.hosts) count += host.counters.unsettable;
  return count == 0 ? "" : counted(count, "owner or group", "owners and groups") + " may not be set there\n";
}

std::string figures_line(const RunStatus& run, RunKind kind) {
  const Sums sums = sums_of(run, kind);
  std::string what = counted(sums.files, "file") + ", " + base::human_bytes(sums.bytes);
  if (kind == RunKind::dry)
    what = "dry run, nothing was changed: " + what + " would be written";
  else if (sums.files > 0)
    what += " written" + (sums.copied > 0 ? " (" + grouped(sums.copied) + " copied there)" : "");
  else
    what = sums.done > 0 ? "no file needed writing" : "nothing was written";
  if (sums.deleted > 0)
    what += ", " + grouped(sums.deleted) + (sums.deleted == 1 ? " entry " : " entries ") + "deleted";
  if (run.hosts.size() > 1 && sums.done > 0)
    what += " on " + counted(sums.files > 0 ? sums.written_to : sums.done, "host");
  std::string line = what + traffic_words(run);
  const std::uint64_t wire = sums.out + sums.in;
  if (run.listed && sums.done > 0 && wire > 0)
    line += "; speedup " +
            two_decimals(static_cast<double>(run.bytes) * static_cast<double>(sums.done) / static_cast<double>(wire));
  return line + "\n" + unsettable_line(run);
}

std::string problem_lines(std::span<const Problem> problems, ProblemCap cap) {
  Grouping<Problem> grouping;
  for (const Problem& problem : problems) {
    // Problems of the source and of the hosts never share a line.
    const std::string key =
        std::string(problem.host.empty() ? "s" : "h") + problem.path + '\0' + problem.error.message();
    grouping.add(key, problem.host, problem);
  }
  const auto& groups = grouping.groups();
  const std::size_t shown = cap == ProblemCap::all ? groups.size() : std::min(groups.size(), kProblemsShown);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const Problem& problem = groups[i].thing;
    const std::string path = problem.path.empty() ? "" : base::printable(problem.path) + ": ";
    text += (groups[i].hosts.empty() ? "" : folded(groups[i].hosts) + ": ") + path + what_happened("", problem.error) +
            "\n";
  }
  if (shown < groups.size()) text += "and " + counted(groups.size() - shown, "more problem") + " (-v shows all)\n";
  return text;
}

std::string itemized_line(std::string_view host, std::string_view itemized, std::string_view path,
                          std::string_view link_target) {
  const char type = itemized.size() > 1 ? itemized[1] : 'f';
  std::string name = path.empty() ? "." : base::printable(path);
  if (type == 'd' && itemized[0] != '*' && !name.ends_with('/')) name += '/';
  if (itemized.starts_with('h') && !link_target.empty())
    name += " => " + base::printable(link_target);
  else if (type == 'L' && !link_target.empty())
    name += " -> " + base::printable(link_target);
  return (host.empty() ? "" : base::printable(host) + " ") + std::string(itemized) + " " + name;
}

Report report(const PushOptions& options, std::span<const Target> targets, const RunStatus& run,
              std::span<const Problem> problems) {
  Report made;
  if (!options.output.quiet) {
    if (options.output.stats) made.out += stats_block(run);
    made.out += figures_line(run, options.dry_run ? RunKind::dry : RunKind::real) + ok_line(run);
  }
  made.err = problem_lines(problems, options.output.verbosity > 0 ? ProblemCap::all : ProblemCap::few);
  made.err += failure_lines(run, targets, options.connection.ssh_config);
  return made;
}

}  // namespace g5ksync::app
