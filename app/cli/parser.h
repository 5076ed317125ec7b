// What the option groups are made of, over CLI11. Only options*.cc and parser.cc include this.
//
// Each subcommand is a parser of its own, without CLI11's subcommands and positionals: those would take a directory
// called "sites" for a subcommand and split a file called "[a,b]".
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/options.h"

namespace g5ksync::app {

using Words = std::vector<std::string>;

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
  std::string refusal;  // where not empty: options that are added now are known, and refused with these words

  void wrong(std::string sentence) {
    if (mistake.empty()) mistake = std::move(sentence);
  }
};

/// Each of these adds an option that acts at each use, in the order of the command line.
void flag(Parser& parser, const std::string& names, std::function<void()> act);
/// With one value, given as typed.
void raw_value(Parser& parser, const std::string& names, std::function<void(const std::string&)> take);
/// The same for values that never look like an option: "--to --dry-run" lacks its value.
void value(Parser& parser, const std::string& names, std::function<void(const std::string&)> take);
void number(Parser& parser, const std::string& names, int least, int most, std::function<void(int)> take);
/// A switch with rsync's negations: --NAME, -L, --no-NAME, --no-L. The last one typed counts.
void on_off(Parser& parser, const std::string& letter, const std::string& name, std::function<void(bool)> set);

// options_tree.cc: which entries, and what of them.
void add_attribute_options(Parser& parser, tree::AttributeMask& mask);
void add_filter_options(Parser& parser, tree::FilterRules& rules);
void add_tree_options(Parser& parser, TreeOptions& tree);
/// What is deleted there, and how files are written.
void add_writing_options(Parser& parser, TreeOptions& tree);

PrintAndExit misused(const std::string& sentence);
PrintAndExit shown(std::string_view text);
/// Runs the parser; gives what must be printed where the command line asks for nothing else.
std::optional<PrintAndExit> run(Parser& parser, const Words& arguments, std::string_view help);

}  // namespace g5ksync::app
