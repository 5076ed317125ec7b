#include "app/cli/options.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <set>

#include "app/cli/help.h"
#include "tests/app/cli/parse.h"

namespace g5ksync::app {
namespace {

using Words = std::vector<std::string>;

PushOptions push(Words words) {
  words.insert(words.begin(), "push");
  Command command = parse_words(std::move(words));
  if (const auto* print = std::get_if<PrintAndExit>(&command)) FAIL(print->text);
  return std::get<PushOptions>(std::move(command));
}

PrintAndExit printed(Words words) {
  const Command command = parse_words(std::move(words));
  REQUIRE(std::holds_alternative<PrintAndExit>(command));
  return std::get<PrintAndExit>(command);
}

TEST_CASE("push takes sources and options in any order") {
  const PushOptions options = push({"a", "--sites", "nancy,lyon", "b", "--to", "work", "-n", "--sites=rennes", "c"});
  CHECK(options.sources == Words{"a", "b", "c"});
  CHECK(options.to == "work");
  CHECK(options.targets.sites == Words{"nancy,lyon", "rennes"});
  CHECK(options.dry_run);
}

TEST_CASE("what rsync users type by habit is the default, not an error") {
  const PushOptions options = push({"-avzhP", "--progress", "--partial", "--recursive", "mydir", "--sites", "all"});
  CHECK(options.sources == Words{"mydir"});
  CHECK(options.output.verbosity == 1);
  CHECK(options.mask == tree::AttributeMask{});
}

TEST_CASE("short options bundle, and the last may take its value") {
  const PushOptions options = push({"-nvvij4", "a", "-F", "conf", "-q"});
  CHECK(options.dry_run);
  CHECK(options.output.verbosity == 2);
  CHECK(options.output.itemize);
  CHECK(options.output.quiet);
  CHECK(options.jobs == 4);
  CHECK(options.connection.ssh_config == "conf");
}

TEST_CASE("attribute switches: the last of two that differ counts") {
  CHECK_FALSE(push({"a", "--no-perms"}).mask.mode);
  CHECK(push({"a", "--no-perms", "-p"}).mask.mode);
  CHECK_FALSE(push({"a", "-p", "--no-p"}).mask.mode);
  CHECK_FALSE(push({"a", "--no-times", "--no-links", "--no-specials"}).mask.mtime);
  CHECK(push({"a", "-og"}).mask.owner);
  CHECK(push({"a", "-og"}).mask.group);
  CHECK(push({"a", "-D"}).mask.devices);
  CHECK_FALSE(push({"a", "-D", "--no-D"}).mask.specials);
  CHECK_FALSE(push({"a", "-D", "--no-devices"}).mask.devices);
}

TEST_CASE("rsync's options on files and modes fill their fields") {
  const TreeOptions none = push({"a"}).tree;
  CHECK_FALSE((none.ignore_times || none.size_only || none.update || none.existing || none.ignore_existing));
  const TreeOptions some = push({"a", "-Iux", "--size-only"}).tree;
  CHECK((some.ignore_times && some.update && some.one_file_system && some.size_only));
  CHECK(push({"a", "-avc"}).tree.checksum);
  CHECK_FALSE(push({"a", "--checksum", "--no-c"}).tree.checksum);
  CHECK_FALSE(push({"a", "-u", "--no-update"}).tree.update);
  CHECK(push({"a", "--existing"}).tree.existing);
  CHECK(push({"a", "--ignore-non-existing"}).tree.existing);
  CHECK(push({"a", "--ignore-existing"}).tree.ignore_existing);
  CHECK_FALSE(none.delete_extra);
  for (const char* name : {"--delete", "--del", "--delete-during", "--delete-delay", "--delete-after"})
    CHECK(push({"a", name}).tree.delete_extra);
  CHECK((push({"a", "--delete-excluded"}).tree.delete_extra && push({"a", "--delete-excluded"}).tree.delete_excluded));
  CHECK(push({"a", "--max-delete=0"}).tree.max_delete == 0);
  CHECK_FALSE(none.max_delete.has_value());
  CHECK(push({"a", "--force"}).tree.force);
  CHECK((!none.hard_links && !none.sparse && push({"a", "-HS"}).tree.hard_links && push({"a", "-HS"}).tree.sparse));
  CHECK((none.detect_moves && !push({"a", "--no-detect-moves"}).tree.detect_moves));
  CHECK((!none.numeric_ids && push({"a", "--numeric-ids"}).tree.numeric_ids));
  fs::Stat stat;
  stat.mode = 0600;
  push({"a", "--chmod=g=r,o=", "--chmod", "u-w"}).tree.chmod.apply(stat);
  CHECK(stat.mode == 0440);
}

TEST_CASE("filter rules keep the order of the command line: the first match wins") {
  const auto excluded = [](const PushOptions& options, const char* path) {
    return options.rules.excluded(path, fs::FileType::regular);
  };
  const PushOptions kept = push({"a", "--include", "*.keep", "--exclude", "*"});
  CHECK_FALSE(excluded(kept, "x.keep"));
  CHECK(excluded(kept, "x.o"));
  CHECK(excluded(push({"a", "--exclude", "*", "--include", "*.keep"}), "x.keep"));
}

TEST_CASE("rule files stand in line with the other rules") {
  const std::string path = "options_test_rules";
  std::ofstream(path) << "# objects\n*.o\n\n";
  const PushOptions options = push({"a", "--include", "b.o", "--exclude-from", path, "--include", "c.o"});
  std::remove(path.c_str());
  CHECK_FALSE(options.rules.excluded("b.o", fs::FileType::regular));
  CHECK(options.rules.excluded("c.o", fs::FileType::regular));
}

TEST_CASE("words that CLI11 would take for something else are sources") {
  CHECK(push({"sites", "--sites", "nancy"}).sources == Words{"sites"});
  CHECK(push({"push", "help"}).sources == Words{"push", "help"});
  CHECK(push({"[a,b]", "{x}", "a=b", "-"}).sources == Words{"[a,b]", "{x}", "a=b", "-"});
  CHECK(push({"--sites", "all", "--", "-n", "--", "--to"}).sources == Words{"-n", "--", "--to"});
}

TEST_CASE("empty values stay empty") {
  CHECK(push({"a", "--to=", "b"}).sources == Words{"a", "b"});
  CHECK(push({"a", "--to", "", "b"}).sources == Words{"a", "b"});
}

TEST_CASE("a value may begin with one dash") { CHECK(push({"a", "--sites", "-lyon"}).targets.sites == Words{"-lyon"}); }

TEST_CASE("connection options") {
  const PushOptions options = push({"a", "--timeout", "5", "--batch", "--transport", "local"});
  CHECK(options.connection.timeout == std::chrono::seconds(5));
  CHECK(options.connection.batch);
  CHECK(options.connection.local_transport);
  CHECK(push({"a"}).connection.timeout == std::chrono::seconds(30));
}

TEST_CASE("sites takes names and --check") {
  const Command command = parse_words({"sites", "nancy", "--check", "lyon,rennes", "--timeout=3"});
  const auto& options = std::get<SitesOptions>(command);
  CHECK(options.check);
  CHECK(options.targets.sites == Words{"nancy", "lyon,rennes"});
  CHECK(options.connection.timeout == std::chrono::seconds(3));
}

TEST_CASE("mistakes are answered with one sentence") {
  struct Row {
    Words words;
    std::string sentence;
  };
  const std::string hint = " (\"g5ksync push --help\" lists the options)";
  const std::vector<Row> rows{
      {{"push", "a", "--sitez", "all"}, "unknown option --sitez; did you mean --sites?"},
      {{"push", "a", "--dryrun"}, "unknown option --dryrun; did you mean --dry-run?"},
      {{"push", "a", "--exlude=*.o"}, "unknown option --exlude; did you mean --exclude?"},
      {{"push", "a", "--nonsense"}, "unknown option --nonsense" + hint},
      {{"push", "a", "-k"}, "unknown option -k" + hint},
      {{"push", "a", "-avkz"}, "unknown option -k" + hint},
      {{"push", "a", "--delete-before"}, "rsync's option --delete-before is not one of g5ksync's" + hint},
      {{"push", "a", "--bwlimit=3"}, "rsync's option --bwlimit is not one of g5ksync's" + hint},
      {{"push", "a", "-avb"}, "rsync's option -b is not one of g5ksync's" + hint},
      {{"push", "-e", "ssh", "a"},
       "-e is not needed: hosts are reached by your ssh configuration, or by the one that -F names"},
      {{"sites", "-n"}, "unknown option -n (\"g5ksync sites --help\" lists the options)"},
      {{"push", "a", "--sites"}, "--sites needs a value"},
      {{"push", "a", "-vj"}, "-j needs a value"},
      {{"push", "a", "--to", "--dry-run"}, "--to needs a value before --dry-run"},
      {{"push", "a", "--timeout", "soon"}, "--timeout needs a whole number from 1 to 86400, not \"soon\""},
      {{"push", "a", "--timeout", "0"}, "--timeout needs a whole number from 1 to 86400, not \"0\""},
      {{"push", "a", "-j", "-1"}, "--jobs needs a whole number from 1 to 1024, not \"-1\""},
      {{"push", "a", "--transport", "pigeon"}, "--transport is ssh or local, not \"pigeon\""},
      {{"push", "a", "--exclude-from", "/no/such"}, "--exclude-from: /no/such: No such file or directory"},
      {{"push", "--sites", "all"}, "push needs to know what to send: g5ksync push SRC... --sites all"},
      {{"push", "a", "--si\ntes"}, "unknown option --si\\ntes; did you mean --sites?"},
      {{"pusj", "a"}, "there is no subcommand \"pusj\"; did you mean push?"},
      {{"mydir", "nancy:"}, "there is no subcommand \"mydir\"; to send it, write: g5ksync push mydir --sites all"},
      {{"-n", "push", "a"}, "options come after the subcommand: g5ksync push -n ..."},
      {{"--check", "sites"}, "options come after the subcommand: g5ksync sites --check ..."},
      {{"status", "--sites", "all"}, "status needs to know what to compare: g5ksync status SRC... --sites all"},
      {{"-i", "verify", "a"}, "options come after the subcommand: g5ksync verify -i ..."},
      {{"statsu", "a"}, "there is no subcommand \"statsu\"; did you mean status?"},
      {{"help", "me"}, "there is no help on \"me\", only on push, status, verify and sites"},
  };
  for (const Row& row : rows) {
    const PrintAndExit print = printed(row.words);
    CHECK(print.text == "g5ksync: " + row.sentence + "\n");
    CHECK(print.to_stderr);
    CHECK(print.exit_code == 1);
  }
}

TEST_CASE("status and verify are dry runs that would delete; verify goes by content") {
  for (const char* name : {"status", "verify"}) {
    Command command = parse_words({name, "a", "b", "--to", "work", "--sites", "all", "--exclude", "*.o", "-H"});
    const auto& options = std::get<PushOptions>(command);
    const bool verifies = name == std::string("verify");
    CHECK(options.task == (verifies ? Task::verify : Task::status));
    CHECK(options.sources == Words{"a", "b"});
    CHECK(options.to == "work");
    CHECK(options.tree.hard_links);
    CHECK((options.dry_run && options.tree.delete_extra && options.tree.force));
    CHECK_FALSE((options.tree.delete_excluded || options.tree.max_delete || options.tree.detect_moves));
    CHECK(options.tree.checksum == verifies);
    CHECK_FALSE(options.output.itemize);
  }
  CHECK(std::get<PushOptions>(parse_words({"status", "a", "-c"})).task == Task::verify);
  CHECK(std::get<PushOptions>(parse_words({"status", "a", "-v"})).output.itemize);
  CHECK_FALSE(push({"a", "-v"}).output.itemize);
}

TEST_CASE("what changes something there is refused by status and verify, by its name") {
  const std::vector<std::pair<std::string, std::string>> refused{{"-n", "--dry-run"},
                                                                 {"--delete", "--delete"},
                                                                 {"--delete-after", "--delete"},
                                                                 {"--delete-excluded", "--delete-excluded"},
                                                                 {"--max-delete=3", "--max-delete"},
                                                                 {"--force", "--force"},
                                                                 {"--no-force", "--no-force"},
                                                                 {"-S", "--sparse"},
                                                                 {"--no-S", "--no-S"},
                                                                 {"--detect-moves", "--detect-moves"},
                                                                 {"--no-detect-moves", "--no-detect-moves"}};
  for (const auto& [typed, name] : refused) {
    INFO(typed);
    CHECK(printed({"verify", "a", typed}).text == "g5ksync: " + name + " is for push: verify changes nothing\n");
    CHECK_NOTHROW(push({"a", typed}));
  }
  CHECK(printed({"status", "a", "--max-delete", "3"}).text ==
        "g5ksync: --max-delete is for push: status changes nothing\n");
}

TEST_CASE("the first mistake is the one that is told") {
  CHECK(printed({"push", "a", "-j", "x", "--timeout", "y"}).text ==
        "g5ksync: --jobs needs a whole number from 1 to 1024, not \"x\"\n");
}

TEST_CASE("options --help and --version print to the standard output and succeed") {
  CHECK(printed({"--help"}).text == main_help());
  CHECK(printed({"-h"}).text == main_help());
  CHECK(printed({"help"}).text == main_help());
  CHECK(printed({"push", "--help"}).text == push_help());
  CHECK(printed({"push", "-h"}).text == push_help());
  CHECK(printed({"push", "x", "--bad", "--help"}).text == push_help());
  CHECK(printed({"help", "push"}).text == push_help());
  for (const char* name : {"status", "verify"}) {
    CHECK(printed({"help", name}).text == compare_help());
    CHECK(printed({name, "-h"}).text == compare_help());
  }
  CHECK(printed({"help", "sites"}).text == sites_help());
  CHECK(printed({"sites", "-h"}).text == sites_help());
  CHECK(printed({"--version"}).text == "g5ksync " G5KSYNC_VERSION "\n");
  CHECK(printed({"--help"}).exit_code == 0);
  CHECK_FALSE(printed({"--version"}).to_stderr);
}

TEST_CASE("without a subcommand the usage is shown, as a mistake") {
  const PrintAndExit print = printed({});
  CHECK(print.text == short_usage());
  CHECK(print.exit_code == 1);
  CHECK(print.to_stderr);
}

TEST_CASE("help texts fit 80 columns and are plain ASCII") {
  for (const std::string_view text : {short_usage(), main_help(), push_help(), compare_help(), sites_help()}) {
    std::size_t width = 0;
    for (const char c : text) {
      width = c == '\n' ? 0 : width + 1;
      CHECK(width <= 80);
      CHECK((c == '\n' || (c >= 0x20 && c < 0x7F)));
    }
  }
}

/// Every option that a help text names at the beginning of an entry or in a list.
std::set<std::string> options_in(std::string_view text) {
  std::set<std::string> found;
  for (std::size_t at = text.find('-'); at != std::string_view::npos; at = text.find('-', at)) {
    std::size_t end = at;
    while (end < text.size() && (text[end] == '-' || std::isalpha(static_cast<unsigned char>(text[end])) != 0)) ++end;
    const bool begins = at == 0 || std::string_view("\n ,:").find(text[at - 1]) != std::string_view::npos;
    if (begins && end - at > 1 && text[end - 1] != '-') found.emplace(text.substr(at, end - at));
    at = end;
  }
  return found;
}

TEST_CASE("every option in the help is known to the parser") {
  for (const auto& [subcommand, help] : {std::pair("push", push_help()), std::pair("verify", compare_help())}) {
    std::set<std::string> named = options_in(help);
    CHECK(named.count("--sites") == 1);
    CHECK(named.count("-avz") == 0);
    for (const char* other : {"-rlpt", "-lyon", "--help", "-h"}) named.erase(other);
    for (const std::string& option : named) {
      const Command command = parse_words({subcommand, "a", option, "1"});
      const auto* print = std::get_if<PrintAndExit>(&command);
      INFO(option);
      CHECK((!print || print->text.find("nknown option") == std::string::npos));
      CHECK((!print || print->text.find("is for push") == std::string::npos));
    }
  }
}

}  // namespace
}  // namespace g5ksync::app
