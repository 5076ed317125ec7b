// What "g5ksync status" and "g5ksync verify" say of each host, as pure functions: text out, every name escaped.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/cli/report.h"

namespace g5ksync::app {

/// Entries by how a host has them, from the counters of a dry run that deletes. They add up to its itemized lines.
struct Differences {
  std::uint64_t missing = 0;     // nothing of that name is there
  std::uint64_t different = 0;   // in type, content or attributes
  std::uint64_t only_there = 0;  // with all that is in them
  bool any() const { return missing + different + only_there > 0; }
};
Differences differences_of(const proto::Counters& counters);

/// Of a host that was compared: "same", or "3 missing, 1 different, 2 only there". Where some entries could not be
/// looked at, "same" is "no other difference".
std::string comparison_words(const HostStatus& host, const RunStatus& run);

/// One line for each outcome of the hosts that were compared, with the hosts folded: "lyon,rennes: same".
std::string comparison_lines(const RunStatus& run);

/// The code of exit_code(), or kExitDiffers where that is 0 and something differs somewhere.
int comparison_exit_code(const RunStatus& run, std::span<const Problem> problems);

/// Whether a file's itemized change says that its content differs, while its size and time do not.
bool only_content_differs(std::string_view itemized);
/// "nancy: x/y: content differs though size and time are equal"
std::string content_line(std::string_view host, std::string_view path);

/// The whole: what was compared and the hosts' lines for the standard output; what could not be compared for the
/// standard error.
Report comparison_report(const PushOptions& options, std::span<const Target> targets, const RunStatus& run,
                         std::span<const Problem> problems);

}  // namespace g5ksync::app
