// The command line as plain data. Behind parse() is the only code that knows CLI11; resolve (app/cli/resolve.h)
// checks the whole.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/cli/task.h"
#include "engine/tree/chmod.h"
#include "engine/tree/filter.h"
#include "engine/tree/quick_check.h"

namespace g5ksync::app {

/// Which hosts: at least one of the two must be given where hosts are needed.
struct TargetOptions {
  std::vector<std::string> sites;  // each "all", "a,b", "-x" or a mixture: "all,-lyon"
  std::vector<std::string> hosts;  // nodesets: "gros-[1-4,7].nancy,laptop2"
};

struct ConnectionOptions {
  std::string ssh_config;            // -F
  std::chrono::seconds timeout{30};  // --timeout: for connecting, and for silence of a host
  bool batch = false;                // --batch: never ask, even on a terminal
  bool local_transport = false;      // --transport local (hidden): hosts are processes of this machine
};

struct OutputOptions {
  int verbosity = 0;     // -v, repeatable
  bool quiet = false;    // -q: errors only
  bool itemize = false;  // -i
  bool stats = false;    // --stats
};

/// Which entries are sent and which are left alone there; each field is rsync's option of that name.
struct TreeOptions {
  bool checksum = false, ignore_times = false, size_only = false;  // of several the first, then the last, counts
  bool update = false, existing = false, ignore_existing = false;
  bool one_file_system = false, numeric_ids = false, hard_links = false, sparse = false;
  bool delete_extra = false, delete_excluded = false, force = false;
  bool detect_moves = true;
  std::optional<int> max_delete;
  tree::ModeChanges chmod;
};

/// status and verify are dry runs that would delete; verify goes by content.
struct PushOptions {
  Task task = Task::push;
  std::vector<std::string> sources;
  std::string to;  // --to; empty: the home
  TargetOptions targets;
  ConnectionOptions connection;
  OutputOptions output;
  bool dry_run = false;      // -n
  int jobs = 0;              // -j; 0: one for each core
  tree::AttributeMask mask;  // archive mode less owner and group
  tree::FilterRules rules;   // --exclude, --include, --exclude-from, --include-from, in their order
  TreeOptions tree;
};

struct SitesOptions {
  bool check = false;
  TargetOptions targets;  // sites to list; none given: all
  ConnectionOptions connection;
  OutputOptions output;
};

/// The program was asked only to print something (--help, --version), or was misused.
struct PrintAndExit {
  std::string text;
  bool to_stderr = false;
  int exit_code = 0;
};

using Command = std::variant<PushOptions, SitesOptions, PrintAndExit>;

Command parse(int argc, char** argv);

}  // namespace g5ksync::app
