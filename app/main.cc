// g5ksync: one tree to many hosts over SSH.
//
//   cli/options.cc       the command line into plain data
//   cli/resolve.cc       checked against configuration and files: a plan
//   push.cc, sites.cc    the commands, step by step (status and verify are runs as push is)
//   origin/              the run: scan, log, packing, hosts
//   deploy/              the agent on its way to a host
//   agent/               the other program
//   cli/progress.cc, cli/report.cc, cli/comparison.cc, cli/exit_code.cc    what is shown, and how it ends
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <variant>

#include "app/cli/options.h"
#include "app/push.h"

namespace {

using namespace g5ksync::app;

int run(const PushOptions& options) { return push(options); }
int run(const SitesOptions& options) { return list_sites(options); }
int run(const PrintAndExit& print) {
  std::fputs(print.text.c_str(), print.to_stderr ? stderr : stdout);
  return print.exit_code;
}

/// Files at work are kept open (origin/open_files.h). What is started with more descriptors allowed takes no harm.
void allow_more_descriptors() {
  constexpr rlim_t kEnough = 8192;
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  allow_more_descriptors();
  const Command command = parse(argc, argv);
  return std::visit([](const auto& what) { return run(what); }, command);
}
