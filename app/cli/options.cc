// The only file that knows CLI11. Each subcommand is a parser of its own, without CLI11's subcommands and positionals:
// those would take a directory called "sites" for a subcommand and split a file called "[a,b]".
#include "app/cli/options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <functional>

#include "app/cli/help.h"
#include "app/cli/suggest.h"
#include "app/cli/text_file.h"
#include "app/cli/unknown_option.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

using Words = std::vector<std::string>;

const Words kSubcommands{"push", "sites", "help"};

/// One subcommand's parser: CLI11's, what else was typed, and the first thing that is wrong with it.
struct Parser {
  explicit Parser(std::string name) : subcommand(std::move(name)) {
    app.set_help_flag();
    app.allow_extras();
  }

  CLI::App app;
  std::string subcommand;
  Words words;
  std::string mistake;
  bool help = false, short_help = false;

  void wrong(std::string sentence) {
    if (mistake.empty()) mistake = std::move(sentence);
  }
};

void flag(Parser& parser, const std::string& names, std::function<void()> act) {
  parser.app.add_flag_callback(names, std::move(act))->trigger_on_parse();
}

/// An option with one value, called at each use, in the order of the command line. The value is given as typed.
void raw_value(Parser& parser, const std::string& names, std::function<void(const std::string&)> take) {
  parser.app.add_option_function<std::string>(names, std::move(take))->trigger_on_parse();
}

/// The same for values that never look like an option: "--to --dry-run" lacks its value.
void value(Parser& parser, const std::string& names, std::function<void(const std::string&)> take) {
  const std::string name = names.substr(names.find_last_of(',') + 1);
  raw_value(parser, names, [&parser, name, take = std::move(take)](const std::string& text) {
    if (text.starts_with("--"))
      parser.wrong(name + " needs a value before " + base::printable(text));
    else
      take(text);
  });
}

void number(Parser& parser, const std::string& names, int least, int most, std::function<void(int)> take) {
  const std::string name = names.substr(names.find_last_of(',') + 1);
  value(parser, names, [&parser, name, least, most, take = std::move(take)](const std::string& text) {
    int parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error == std::errc() && end == text.data() + text.size() && parsed >= least && parsed <= most)
      return take(parsed);
    parser.wrong(name + " needs a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                 ", not \"" + base::printable(text) + "\"");
  });
}

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

/// A switch with rsync's negations: --NAME, -L, --no-NAME, --no-L. The last one typed counts.
void on_off(Parser& parser, const std::string& letter, const std::string& name, std::function<void(bool)> set) {
  const std::string on = letter.empty() ? "--" + name : "-" + letter + ",--" + name;
  const std::string off = letter.empty() ? "--no-" + name : "--no-" + letter + ",--no-" + name;
  flag(parser, on, [set] { set(true); });
  flag(parser, off, [set] { set(false); });
}

void add_attribute_options(Parser& parser, tree::AttributeMask& mask) {
  on_off(parser, "p", "perms", [&](bool on) { mask.mode = on; });
  on_off(parser, "t", "times", [&](bool on) { mask.mtime = on; });
  on_off(parser, "o", "owner", [&](bool on) { mask.owner = on; });
  on_off(parser, "g", "group", [&](bool on) { mask.group = on; });
  on_off(parser, "l", "links", [&](bool on) { mask.symlinks = on; });
  on_off(parser, "", "devices", [&](bool on) { mask.devices = on; });
  on_off(parser, "", "specials", [&](bool on) { mask.specials = on; });
  flag(parser, "-D", [&] { mask.devices = mask.specials = true; });
  flag(parser, "--no-D", [&] { mask.devices = mask.specials = false; });
}

/// What rsync users type out of habit, and what is the default here.
void add_habits(Parser& parser) {
  for (const char* names :
       {"-a,--archive", "-r,--recursive", "-z,--compress", "--human-readable", "-P", "--progress", "--partial"})
    flag(parser, names, [] {});
  flag(parser, "-h", [&parser] { parser.short_help = true; });
}

void add_filter_options(Parser& parser, tree::FilterRules& rules) {
  const auto add = [&](const std::string& name, tree::FilterAction action) {
    raw_value(parser, "--" + name, [&parser, &rules, name, action](const std::string& pattern) {
      if (auto added = rules.add(action, pattern); !added)
        parser.wrong("--" + name + " " + base::printable(pattern) + ": " + base::printable(added.error().message()));
    });
    raw_value(parser, "--" + name + "-from", [&parser, &rules, name, action](const std::string& path) {
      auto added =
          read_text_file(path).and_then([&](const std::string& text) { return rules.add_lines(action, text); });
      if (!added) parser.wrong("--" + name + "-from: " + base::printable(added.error().message()));
    });
  };
  add("exclude", tree::FilterAction::exclude);
  add("include", tree::FilterAction::include);
}

Words names_of(const CLI::App& app) {
  Words names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// What CLI11 left: unknown options, and after or between them the words.
void sort_words(Parser& parser) {
  bool options_ended = false;
  for (std::string& word : parser.app.remaining()) {
    if (!options_ended && word == "--")
      options_ended = true;
    else if (!options_ended && word.size() > 1 && word.front() == '-')
      parser.wrong(unknown_option(word, names_of(parser.app), parser.subcommand));
    else
      parser.words.push_back(std::move(word));
  }
}

/// "--to=" means an empty value; CLI11 would take the next argument instead.
Words split_empty_values(const Words& arguments) {
  Words out;
  bool options_ended = false;
  for (const std::string& argument : arguments) {
    options_ended = options_ended || argument == "--";
    const bool empty_value =
        !options_ended && argument.starts_with("--") && argument.size() > 3 && argument.ends_with('=');
    if (!empty_value) {
      out.push_back(argument);
    } else {
      out.push_back(argument.substr(0, argument.size() - 1));
      out.emplace_back();
    }
  }
  return out;
}

/// The option whose value is missing is the last argument: the last letter of a bundle.
std::string missing_value(const std::string& last) {
  const bool bundle = !last.starts_with("--") && last.size() > 2;
  return (bundle ? std::string("-") + last.back() : base::printable(last)) + " needs a value";
}

PrintAndExit misused(const std::string& sentence) { return {"g5ksync: " + sentence + "\n", true, 1}; }
PrintAndExit shown(std::string_view text) { return {std::string(text), false, 0}; }

/// Runs the parser; gives what must be printed where the command line asks for nothing else.
std::optional<PrintAndExit> run(Parser& parser, const Words& arguments, std::string_view help) {
  const Words split = split_empty_values(arguments);
  try {
    parser.app.parse(Words(split.rbegin(), split.rend()));
  } catch (const CLI::ArgumentMismatch&) {
    parser.wrong(missing_value(split.back()));
  } catch (const CLI::ParseError& error) {
    parser.wrong(std::string(error.what()));
  }
  sort_words(parser);
  if (parser.help || (parser.short_help && parser.words.empty())) return shown(help);
  if (!parser.mistake.empty()) return misused(parser.mistake);
  return std::nullopt;
}

Command parse_push(const Words& arguments) {
  PushOptions options;
  Parser parser("push");
  value(parser, "--to", [&](const std::string& text) { options.to = text; });
  add_target_options(parser, options.targets);
  add_connection_options(parser, options.connection);
  add_output_options(parser, options.output);
  add_attribute_options(parser, options.mask);
  add_filter_options(parser, options.rules);
  add_habits(parser);
  flag(parser, "-n,--dry-run", [&] { options.dry_run = true; });
  number(parser, "-j,--jobs", 1, 1024, [&](int jobs) { options.jobs = jobs; });
  if (auto print = run(parser, arguments, push_help())) return *print;
  if (parser.words.empty()) return misused("push needs to know what to send: g5ksync push SRC... --sites all");
  options.sources = std::move(parser.words);
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
  if (arguments.front() == "push") return shown(push_help());
  if (arguments.front() == "sites") return shown(sites_help());
  return misused("there is no help on \"" + base::printable(arguments.front()) + "\", only on push and sites");
}

/// The first argument is no subcommand: an option of the whole program, or a mistake.
Command without_subcommand(const std::string& first, const Words& rest) {
  if (first == "--help" || first == "-h") return shown(main_help());
  if (first == "--version" || first == "-V") return shown("g5ksync " G5KSYNC_VERSION "\n");
  const std::string word = base::printable(first);
  if (first.starts_with("-")) {
    const bool known = !rest.empty() && (rest.front() == "push" || rest.front() == "sites");
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
  if (arguments.front() == "push") return parse_push(rest);
  if (arguments.front() == "sites") return parse_sites(rest);
  if (arguments.front() == "help") return help_on(rest);
  return without_subcommand(arguments.front(), rest);
}

}  // namespace g5ksync::app
