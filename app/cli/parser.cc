#include "app/cli/parser.h"

#include <charconv>

#include "app/cli/unknown_option.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

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
    const bool empty_value = !options_ended && argument.starts_with("--") && argument.size() > 3 &&
                             argument.find('=') == argument.size() - 1;
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

/// What an option does that is not for this subcommand.
std::function<void()> refused(Parser& parser, const std::string& names) {
  const std::size_t first = std::min(names.find("--"), names.size());
  const std::string name = names.substr(first, names.find(',', first) - first);
  return [&parser, sentence = name + " " + parser.refusal] { parser.wrong(sentence); };
}

}  // namespace

void flag(Parser& parser, const std::string& names, std::function<void()> act) {
  if (!parser.refusal.empty()) act = refused(parser, names);
  parser.app.add_flag_callback(names, std::move(act))->trigger_on_parse();
}

void raw_value(Parser& parser, const std::string& names, std::function<void(const std::string&)> take) {
  if (!parser.refusal.empty()) take = [act = refused(parser, names)](const std::string&) { act(); };
  parser.app.add_option_function<std::string>(names, std::move(take))->trigger_on_parse();
}

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

void on_off(Parser& parser, const std::string& letter, const std::string& name, std::function<void(bool)> set) {
  const std::string on = letter.empty() ? "--" + name : "-" + letter + ",--" + name;
  const std::string off = letter.empty() ? "--no-" + name : "--no-" + letter + ",--no-" + name;
  flag(parser, on, [set] { set(true); });
  flag(parser, off, [set] { set(false); });
}

PrintAndExit misused(const std::string& sentence) { return {"g5ksync: " + sentence + "\n", true, 1}; }
PrintAndExit shown(std::string_view text) { return {std::string(text), false, 0}; }

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

}  // namespace g5ksync::app
