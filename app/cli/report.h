// What is said at the end of a run, as pure functions: text out, every name escaped.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/resolve.h"
#include "app/cli/status.h"

namespace g5ksync::app {

enum class RunKind { real, dry };
enum class ProblemCap { few, all };  // few: at most kProblemsShown groups

inline constexpr std::size_t kProblemsShown = 20;

/// The folded outcome, a line each:
///     ok: gros-[1-7].nancy
///     partly: lyon (3 problems)
///     failed: gros-8.nancy: connection timed out (see whether this works: ssh gros-8.nancy.g5k true)
/// Hosts with the same failure share a line. A host that neither ended nor failed counts as interrupted. `targets`
/// gives the ssh names. Outcomes are apart because they go to different streams.
std::string ok_line(const RunStatus& run);
std::string failure_lines(const RunStatus& run, std::span<const Target> targets, const std::string& ssh_config = "");

/// One line of figures: what was written, what went over the wire, how long it took, and as with rsync the speedup: the
/// size of all files (on each host that got them) to the bytes sent and received. A dry run says that it was one.
std::string figures_line(const RunStatus& run, RunKind kind);

/// "; sent 3.5 MiB, received 1.2 KiB in 3.3s"
std::string traffic_words(const RunStatus& run);
/// A line on owners and groups that are not the source's and may not be set, where there are any.
std::string unsettable_line(const RunStatus& run);

/// --stats: the scan, the packing, and a table of the hosts with their totals.
std::string stats_block(const RunStatus& run);

/// One line for each problem, "lyon,nancy: x/y: Permission denied" (at the source: "x/y: Permission denied"), with the
/// hosts of the same problem folded; capped with "and 7 more problems (-v shows all)".
std::string problem_lines(std::span<const Problem> problems, ProblemCap cap);

/// A line for -i. With one host exactly rsync's: "<f+++++++++ dir/file", "cd+++++++++ dir/", "cL+++++++++ name ->
/// target" where `link_target` is known; `host`, when not empty, goes before it. No newline.
std::string itemized_line(std::string_view host, std::string_view itemized, std::string_view path,
                          std::string_view link_target = {});

/// The whole: `out` for the standard output, then `err` for the standard error.
struct Report {
  std::string out, err;
};
Report report(const PushOptions& options, std::span<const Target> targets, const RunStatus& run,
              std::span<const Problem> problems);

}  // namespace g5ksync::app
