#include <algorithm>
#include <cstdio>

#include "app/cli/advice.h"
#include "app/cli/config.h"
#include "app/cli/exit_code.h"
#include "app/cli/prompter.h"
#include "app/cli/sites_view.h"
#include "app/interrupt.h"
#include "app/origin/site_check.h"
#include "app/push.h"

namespace g5ksync::app {
namespace {

int refuse(const base::Error& error) {
  std::fprintf(stderr, "g5ksync: %s\n", explain("", "", error).c_str());
  return exit_code_before_run(error);
}

std::vector<SiteCheck> try_all(const SitesOptions& options, const std::vector<Target>& targets) {
  const base::SystemClock clock;
  transport::Loop loop(clock);
  BatchPrompter batch;
  TerminalPrompter terminal{PromptHooks{[] {}, [] {}}};
  transport::Prompter& prompter =
      options.connection.batch ? static_cast<transport::Prompter&>(batch) : static_cast<transport::Prompter&>(terminal);
  transport::DialOptions dial;
  dial.ssh_config = options.connection.ssh_config;
  dial.connect_timeout = options.connection.timeout;
  const auto dialer = options.connection.local_transport ? transport::make_local_dialer(loop)
                                                         : transport::make_ssh_dialer(loop, dial, prompter);
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
  std::fputs(check_lines(checks).c_str(), stdout);
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
