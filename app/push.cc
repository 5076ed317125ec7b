#include "app/push.h"

#include <csignal>
#include <cstdio>
#include <thread>

#include "app/cli/advice.h"
#include "app/cli/config.h"
#include "app/cli/exit_code.h"
#include "app/cli/progress.h"
#include "app/cli/prompter.h"
#include "app/cli/report.h"
#include "app/cli/resolve.h"
#include "app/interrupt.h"
#include "app/origin/push_run.h"

namespace g5ksync::app {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

int refuse(const base::Error& error) {
  std::fprintf(stderr, "g5ksync: %s\n", explain("", "", error).c_str());
  return exit_code_before_run(error);
}

/// One run on the screen, from its start to its report.
class Show {
 public:
  Show(const PushOptions& options, const PushPlan& plan)
      : options_(options), plan_(plan), progress_(progress_options(options.output)) {}

  Progress& progress() { return progress_; }

  /// Draws how things stand, and prints what is new.
  void update(PushRun& run) {
    std::vector<Change> changes;
    status_ = run.look(problems_, changes);
    const bool many = plan_.targets.size() > 1;
    for (const Change& change : changes) {
      const std::string_view host = many ? std::string_view(status_.hosts[change.host].name) : std::string_view();
      progress_.print(Stream::out, itemized_line(host, change.itemized, change.path));
    }
    progress_.update(status_);
  }

  /// The report, and the exit code.
  int finish() {
    progress_.finish(status_);
    const Report text = report(options_, plan_.targets, status_, problems_);
    std::fputs(text.out.c_str(), stdout);
    std::fflush(stdout);
    std::fputs(text.err.c_str(), stderr);
    return exit_code(status_, problems_);
  }

 private:
  const PushOptions& options_;
  const PushPlan& plan_;
  Progress progress_;
  RunStatus status_;
  std::vector<Problem> problems_;
};

std::unique_ptr<transport::Prompter> make_prompter(const ConnectionOptions& connection, Progress& progress) {
  if (connection.batch) return std::make_unique<BatchPrompter>();
  return std::make_unique<TerminalPrompter>(
      PromptHooks{[&progress] { progress.suspend(); }, [&progress] { progress.resume(); }});
}

}  // namespace

int push(const PushOptions& options) {
  // What is asked for, checked against the configuration and the files here.
  const auto config = load_config(config_path());
  if (!config) return refuse(config.error());
  const auto plan = resolve(options, *config);
  if (!plan) return refuse(plan.error());

  // Scan and hosts go on by themselves; this thread only looks on.
  const InterruptGuard interrupts;
  Show show(options, *plan);
  const auto prompter = make_prompter(options.connection, show.progress());
  PushRun run(options, *plan, *prompter);
  if (run.failure()) return refuse(*run.failure());
  while (!run.over()) {
    show.update(run);
    if (interrupted()) run.stop({base::ErrorKind::interrupted, 0, "interrupted"});
    std::this_thread::sleep_for(kLookEvery);
  }
  show.update(run);
  return show.finish();
}

}  // namespace g5ksync::app
