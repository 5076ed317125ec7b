#include "engine/tree/filter.h"

namespace g5ksync::tree {

base::Result<void> FilterRules::add(FilterAction action, std::string_view pattern) {
  if (pattern == "!") {
    rules_.clear();
    return {};
  }
  if (pattern.starts_with("+ ") || pattern.starts_with("- ")) {
    action = pattern.front() == '+' ? FilterAction::include : FilterAction::exclude;
    pattern.remove_prefix(2);
  }
  return add_plain(action, pattern);
}

base::Result<void> FilterRules::add_plain(FilterAction action, std::string_view pattern) {
  G5K_ASSIGN(Pattern parsed, Pattern::parse(pattern));
  rules_.push_back({{action, std::string(pattern)}, std::move(parsed)});
  return {};
}

std::vector<FilterText> FilterRules::texts() const {
  std::vector<FilterText> texts;
  for (const Rule& rule : rules_) texts.push_back(rule.text);
  return texts;
}

base::Result<void> FilterRules::add_lines(FilterAction action, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == ';' || line.front() == '#') continue;
    G5K_TRY(add(action, line));
  }
  return {};
}

bool FilterRules::excluded(std::string_view path, fs::FileType type) const {
  const bool is_directory = type == fs::FileType::directory;
  for (const Rule& rule : rules_) {
    if (rule.pattern.matches(path, is_directory)) return rule.text.action == FilterAction::exclude;
  }
  return false;
}

}  // namespace g5ksync::tree
