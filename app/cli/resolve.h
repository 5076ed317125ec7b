// From options to a plan: everything on the command line checked against the configuration and the file system, before
// any host is talked to.
#pragma once

#include <string>
#include <vector>

#include "app/cli/config.h"
#include "app/cli/options.h"
#include "app/cli/status.h"
#include "engine/tree/scan.h"

namespace g5ksync::app {

/// One place to send to.
struct Target {
  std::string name;      // as the user wrote it: "nancy", "gros-1.nancy"
  std::string ssh_name;  // as ssh is asked for it: "nancy.g5k"
  friend bool operator==(const Target&, const Target&) = default;
};

struct PushPlan {
  std::vector<Target> targets;        // at least one; no ssh name twice
  std::vector<tree::Source> sources;  // at least one, opened
  std::vector<Problem>
      problems;             // sources that could not be opened, when others could: the run ends with 23, as rsync's
  std::string destination;  // as Start::destination: relative to the home, empty for the home itself
  tree::FilterRules rules;  // the command line's, then the configuration's
};

/// Everything wrong with the command line is a usage error, a sentence that says what to write. Where no source can be
/// opened, the error is the first one's (not_found, permission …; exit_code_before_run() makes 23 of it).
base::Result<PushPlan> resolve(const PushOptions& options, const Config& config);

/// --sites and --hosts (or, without both, the configuration's default sites; empty where it has none) in order; of
/// those with one ssh name the first.
base::Result<std::vector<Target>> resolve_targets(const TargetOptions& options, const Config& config);

/// Opens SRC by rsync's rule: "a/b" is b in a, arriving by its name; "a/b/", "a/b/.", ".", ".." and "/" are contents.
base::Result<tree::Source> open_source(const std::string& source);

/// --to as the hosts get it: "~" and "" are the home, "~/x" is "x". Refused: ~USER, HOST:DIR, and a path in
/// `local_home` (empty: none), which the local shell made of an unquoted ~.
base::Result<std::string> resolve_destination(const std::string& to, const std::string& local_home,
                                              const SiteList& sites);

}  // namespace g5ksync::app
