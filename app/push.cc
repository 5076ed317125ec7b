#include "app/push.h"

#include <csignal>
#include <cstdio>

#include "app/cli/comparison.h"
#include "app/cli/config.h"
#include "app/cli/exit_code.h"
#include "app/cli/progress.h"
#include "app/cli/report.h"
#include "app/cli/resolve.h"
#include "app/interrupt.h"
#include "app/origin/push_run.h"
#include "app/questions.h"
#include "app/refuse.h"

namespace g5ksync::app {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

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
    for (const Change& change : changes) print(change);
    progress_.update(status_);
  }

  /// The report, and the exit code.
  int finish() {
    progress_.finish(status_);
    const bool compared = only_compares(options_.task);
    const auto report_of = compared ? comparison_report : report;
    const Report text = report_of(options_, plan_.targets, status_, problems_);
    std::fputs(text.out.c_str(), stdout);
    std::fflush(stdout);
    std::fputs(text.err.c_str(), stderr);
    return compared ? comparison_exit_code(status_, problems_) : exit_code(status_, problems_);
  }

 private:
  void print(const Change& change) {
    const std::string& name = status_.hosts[change.host].name;
    const std::string_view host = plan_.targets.size() > 1 ? std::string_view(name) : std::string_view();
    if (options_.output.itemize)
      progress_.print(Stream::out, itemized_line(host, change.itemized, change.path, change.link_target));
    if (options_.task == Task::verify && only_content_differs(change.itemized))
      progress_.print(Stream::err, content_line(name, change.path));
  }

  const PushOptions& options_;
  const PushPlan& plan_;
  Progress progress_;
  RunStatus status_;
  std::vector<Problem> problems_;
};

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
  Questions questions(options.connection,
                      {[&show] { show.progress().suspend(); }, [&show] { show.progress().resume(); }});
  PushRun run(options, *plan, questions.prompter());
  if (run.failure()) return refuse(*run.failure());
  while (!run.wait(kLookEvery)) {
    show.update(run);
    if (interrupted()) {
      questions.cancel();
      run.stop({base::ErrorKind::interrupted, 0, "interrupted"});
    }
  }
  show.update(run);
  return show.finish();
}

}  // namespace g5ksync::app
