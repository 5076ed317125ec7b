// The subcommands and their option groups; parser.h is what they are made of.
#include "app/cli/options.h"

#include "app/cli/help.h"
#include "app/cli/parser.h"
#include "app/cli/suggest.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

const Words kSubcommands{"push", "status", "verify", "sites", "help"};

/// The subcommand of that name that is run over the hosts.
std::optional<Task> task_called(const std::string& word) {
  for (const Task task : {Task::push, Task::status, Task::verify})
    if (word == name_of(task)) return task;
  return std::nullopt;
}

std::string_view help_of(Task task) { return only_compares(task) ? compare_help() : push_help(); }

void add_target_options(Parser& parser, TargetOptions& targets) {
  value(parser, "--sites", [&](const std::string& text) { targets.sites.push_back(text); });
  value(parser, "--hosts", [&](const std::string& text) { targets.hosts.push_back(text); });
}

void add_connection_options(Parser& parser, ConnectionOptions& connection) {
  value(parser, "-F,--ssh-config", [&](const std::string& text) { connection.ssh_config = text; });
  number(parser, "--timeout", 1, 86'400, [&](int seconds) { connection.timeout = std::chrono::seconds(seconds); });
  flag(parser, "--batch", [&] { connection.batch = true; });
  value(parser, "--transport", [&](const std::string& text) {
    if (text == "local" || text == "ssh")
      connection.local_transport = text == "local";
    else
      parser.wrong("--transport is ssh or local, not \"" + base::printable(text) + "\"");
  });
}

void add_output_options(Parser& parser, OutputOptions& output) {
  flag(parser, "-v,--verbose", [&] { ++output.verbosity; });
  flag(parser, "-q,--quiet", [&] { output.quiet = true; });
  flag(parser, "-i,--itemize-changes", [&] { output.itemize = true; });
  flag(parser, "--stats", [&] { output.stats = true; });
  flag(parser, "--help", [&] { parser.help = true; });
}

/// What rsync users type out of habit, and what is the default here.
void add_habits(Parser& parser) {
  for (const char* names :
       {"-a,--archive", "-r,--recursive", "-z,--compress", "--human-readable", "-P", "--progress", "--partial"})
    flag(parser, names, [] {});
  flag(parser, "-h", [&parser] { parser.short_help = true; });
}

/// Nothing is changed, so nothing of what stands in the way of a change counts; what is only there is looked for.
void compare_only(PushOptions& options) {
  options.dry_run = true;
  options.tree.delete_extra = options.tree.force = true;
  options.tree.detect_moves = false;
  if (options.tree.checksum) options.task = Task::verify;
  options.tree.checksum = options.task == Task::verify;
  options.output.itemize = options.output.itemize || options.output.verbosity > 0;
}

Command parse_push(const Words& arguments, Task task) {
  const std::string name = name_of(task);
  PushOptions options;
  options.task = task;
  Parser parser(name);
  value(parser, "--to", [&](const std::string& text) { options.to = text; });
  add_target_options(parser, options.targets);
  add_connection_options(parser, options.connection);
  add_output_options(parser, options.output);
  add_attribute_options(parser, options.mask);
  add_filter_options(parser, options.rules);
  add_tree_options(parser, options.tree);
  add_habits(parser);
  number(parser, "-j,--jobs", 1, 1024, [&](int jobs) { options.jobs = jobs; });
  if (only_compares(task)) parser.refusal = "is for push: " + name + " changes nothing";
  flag(parser, "-n,--dry-run", [&] { options.dry_run = true; });
  add_writing_options(parser, options.tree);
  if (auto print = run(parser, arguments, help_of(task))) return *print;
  if (parser.words.empty())
    return misused(name + " needs to know what to " + (task == Task::push ? "send" : "compare") + ": g5ksync " + name +
                   " SRC... --sites all");
  options.sources = std::move(parser.words);
  if (only_compares(task)) compare_only(options);
  return options;
}

Command parse_sites(const Words& arguments) {
  SitesOptions options;
  Parser parser("sites");
  flag(parser, "--check", [&] { options.check = true; });
  value(parser, "--sites", [&](const std::string& text) { options.targets.sites.push_back(text); });
  add_connection_options(parser, options.connection);
  add_output_options(parser, options.output);
  flag(parser, "-h", [&] { parser.short_help = true; });
  if (auto print = run(parser, arguments, sites_help())) return *print;
  options.targets.sites.insert(options.targets.sites.end(), parser.words.begin(), parser.words.end());
  return options;
}

Command help_on(const Words& arguments) {
  if (arguments.empty()) return shown(main_help());
  if (const auto task = task_called(arguments.front())) return shown(help_of(*task));
  if (arguments.front() == "sites") return shown(sites_help());
  return misused("there is no help on \"" + base::printable(arguments.front()) +
                 "\", only on push, status, verify and sites");
}

/// The first argument is no subcommand: an option of the whole program, or a mistake.
Command without_subcommand(const std::string& first, const Words& rest) {
  if (first == "--help" || first == "-h") return shown(main_help());
  if (first == "--version" || first == "-V") return shown("g5ksync " G5KSYNC_VERSION "\n");
  const std::string word = base::printable(first);
  if (first.starts_with("-")) {
    const bool known = !rest.empty() && (task_called(rest.front()) || rest.front() == "sites");
    const std::string name = known ? rest.front() : "push";
    return misused("options come after the subcommand: g5ksync " + name + " " + word + " ...");
  }
  const std::string hint = did_you_mean(first, kSubcommands);
  return misused("there is no subcommand \"" + word + "\"" +
                 (hint.empty() ? "; to send it, write: g5ksync push " + word + " --sites all" : hint));
}

}  // namespace

Command parse(int argc, char** argv) {
  const Words arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (arguments.empty()) return PrintAndExit{std::string(short_usage()), true, 1};
  const Words rest(arguments.begin() + 1, arguments.end());
  if (const auto task = task_called(arguments.front())) return parse_push(rest, *task);
  if (arguments.front() == "sites") return parse_sites(rest);
  if (arguments.front() == "help") return help_on(rest);
  return without_subcommand(arguments.front(), rest);
}

}  // namespace g5ksync::app
