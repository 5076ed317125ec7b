#include "app/cli/exit_code.h"

#include <algorithm>

namespace g5ksync::app {
namespace {

using base::ErrorKind;

enum class Stage { unreached, reached };

int code_of(ErrorKind kind, Stage stage) {
  const bool reached = stage == Stage::reached;
  switch (kind) {
    case ErrorKind::usage:
      return reached ? 1 : 255;
    case ErrorKind::not_found:
      return reached ? 3 : 255;
    case ErrorKind::permission:
      return 3;
    case ErrorKind::no_space:
      return 11;
    case ErrorKind::io:
      return 11;
    case ErrorKind::changed:
      return kExitPartial;
    case ErrorKind::protocol:
      return 12;
    case ErrorKind::unsupported:
      return reached ? 2 : 255;
    case ErrorKind::connection:
      return reached ? 12 : 255;
    case ErrorKind::host_key:
      return 255;
    case ErrorKind::auth:
      return 255;
    case ErrorKind::deploy:
      return 5;
    case ErrorKind::timeout:
      return reached ? 30 : 255;
    case ErrorKind::interrupted:
      return kExitInterrupted;
  }
  return 12;
}

/// A file that the scan saw, gone when it was to be read.
bool vanished(const Problem& problem) { return problem.host.empty() && problem.error.kind == ErrorKind::not_found; }

/// 0, 23, 24 or 25 for a host that ended well but for these problems.
int code_of_problems(const HostStatus& host, const RunStatus& run, std::span<const Problem> problems) {
  std::uint64_t seen = 0, gone = 0;
  for (const Problem& problem : problems) {
    if (problem.notice || (!problem.host.empty() && problem.host != host.name)) continue;
    ++seen;
    if (vanished(problem)) ++gone;
  }
  if (seen > gone) return kExitPartial;
  const std::uint64_t counted = std::max(host.counters.problems, run.source_problems);
  if (counted > seen) return kExitPartial;  // counted, but not described
  return gone > 0 ? kExitVanished : host.counters.deletions_held > 0 ? kExitDeletionsHeld : 0;
}

}  // namespace

int exit_code_before_run(const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::not_found:
    case ErrorKind::permission:
      return kExitPartial;
    case ErrorKind::usage:
      return 1;
    default:
      return code_of(error.kind, Stage::unreached);
  }
}

int exit_code_of_host(const HostStatus& host, const RunStatus& run, std::span<const Problem> problems) {
  if (host.phase == HostPhase::done) return code_of_problems(host, run, problems);
  if (host.phase != HostPhase::failed || !host.error) return kExitInterrupted;
  return code_of(host.error->kind, host.bytes_in > 0 ? Stage::reached : Stage::unreached);
}

int exit_code(const RunStatus& run, std::span<const Problem> problems) {
  if (run.hosts.empty()) return 0;
  std::vector<int> codes;
  for (const HostStatus& host : run.hosts) codes.push_back(exit_code_of_host(host, run, problems));
  const auto has = [&](int code) { return std::find(codes.begin(), codes.end(), code) != codes.end(); };
  if (has(kExitInterrupted)) return kExitInterrupted;
  if (std::all_of(codes.begin(), codes.end(), [&](int code) { return code == codes.front(); })) return codes.front();
  return has(0) ? kExitHostsDiffer : kExitNoHost;
}

}  // namespace g5ksync::app
