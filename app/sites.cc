#include <algorithm>
#include <cstdio>

#include "app/cli/config.h"
#include "app/cli/exit_code.h"
#include "app/cli/sites_view.h"
#include "app/interrupt.h"
#include "app/origin/site_check.h"
#include "app/push.h"
#include "app/questions.h"
#include "app/refuse.h"

namespace g5ksync::app {
namespace {

std::vector<SiteCheck> try_all(const SitesOptions& options, const std::vector<Target>& targets) {
  const base::SystemClock clock;
  transport::Loop loop(clock);
  Questions questions(options.connection, {[] {}, [] {}});
  transport::DialOptions dial;
  dial.ssh_config = options.connection.ssh_config;
  dial.connect_timeout = options.connection.timeout;
  const auto dialer = options.connection.local_transport ? transport::make_local_dialer(loop)
                                                         : transport::make_ssh_dialer(loop, dial, questions.prompter());
  return check_sites(loop, *dialer, targets, 2 * base::Nanos(options.connection.timeout), [] { return interrupted(); });
}

}  // namespace

int list_sites(const SitesOptions& options) {
  const auto config = load_config(config_path());
  if (!config) return refuse(config.error());
  TargetOptions targets = options.targets;
  if (targets.sites.empty() && targets.hosts.empty()) targets.sites = {"all"};
  const auto chosen = resolve_targets(targets, *config);
  if (!chosen) return refuse(chosen.error());
  if (!options.check) {
    std::fputs(site_lines(*chosen).c_str(), stdout);
    return 0;
  }
  const InterruptGuard interrupts;
  const auto checks = try_all(options, *chosen);
  std::fputs(check_lines(checks, options.connection.ssh_config).c_str(), stdout);
  if (interrupted()) return kExitInterrupted;
  RunStatus outcome;
  for (const SiteCheck& check : checks) {
    HostStatus& host = outcome.hosts.emplace_back();
    host.name = check.target.name;
    host.phase = check.error ? HostPhase::failed : HostPhase::done;
    host.error = check.error;
  }
  return exit_code(outcome, {});
}

}  // namespace g5ksync::app
