#include "engine/tree/pattern.h"

#include <algorithm>

#include "engine/tree/byte_set.h"

namespace g5ksync::tree {
namespace {

/// `path` from its last `count` components on; all of it if it has no more.
std::string_view last_components(std::string_view path, std::size_t count) {
  std::size_t start = path.size();
  while (count-- > 0) {
    if (start == 0) return path;
    const std::size_t slash = path.rfind('/', start - 1);
    if (slash == std::string_view::npos) return path;
    start = slash;
  }
  return path.substr(start + 1);
}

base::Failure broken(std::string_view text, std::string_view why) {
  return base::fail(base::ErrorKind::usage, "pattern '" + std::string(text) + "': " + std::string(why));
}

}  // namespace

base::Result<Pattern> Pattern::parse(std::string_view text) {
  if (text.empty()) return base::fail(base::ErrorKind::usage, "an empty pattern");
  Pattern pattern;
  std::string_view body = text;
  if (body.size() > 1 && body.back() == '/') {
    pattern.directory_only_ = true;
    body.remove_suffix(1);
  }
  pattern.slashes_ = static_cast<std::size_t>(std::ranges::count(body, '/'));
  if (body.front() == '/') {
    pattern.anchored_ = true;
    body.remove_prefix(1);
  }
  pattern.wild_ = body.find_first_of("*?[") != std::string_view::npos;
  pattern.literal_ = body;
  if (!pattern.wild_) return pattern;
  pattern.double_star_ = body.find("**") != std::string_view::npos;
  pattern.starts_with_double_star_ = !pattern.anchored_ && body.starts_with("**");
  pattern.ends_with_triple_star_ = body.ends_with("***");
  if (auto compiled = pattern.compile(body); !compiled) return broken(text, compiled.error().context);
  return pattern;
}

base::Result<void> Pattern::compile(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '*') {
      const std::size_t end = std::min(text.find_first_not_of('*', at), text.size());
      elements_.push_back({end - at > 1 ? Kind::double_star : Kind::star});
      at = end - 1;
    } else if (c == '?') {
      elements_.push_back({Kind::set, 0, sets_.size()});
      sets_.push_back(all_but_slash());
    } else if (c == '[') {
      G5K_ASSIGN(const ParsedSet parsed, parse_set(text, at));
      elements_.push_back({Kind::set, 0, sets_.size()});
      sets_.push_back(parsed.bytes);
      at = parsed.end - 1;
    } else {
      if (c == '\\' && ++at == text.size()) return base::fail(base::ErrorKind::usage, "a backslash at its end");
      elements_.push_back({Kind::byte, static_cast<unsigned char>(text[at])});
    }
  }
  return {};
}

bool Pattern::matches(std::string_view path, bool is_directory) const {
  if (path.empty() || (directory_only_ && !is_directory)) return false;
  if (slashes_ == 0 && !double_star_) path = last_components(path, 1);
  return wild_ ? match_wild(path, is_directory) : match_literal(path);
}

bool Pattern::match_literal(std::string_view path) const {
  if (anchored_ || path.size() <= literal_.size()) return path == literal_;
  return path.ends_with(literal_) && path[path.size() - literal_.size() - 1] == '/';
}

bool Pattern::match_wild(std::string_view path, bool is_directory) const {
  // A "**" in front may stand for no directory at all, and "dir/***" for "dir": both get the slash that they expect.
  const std::string_view front = starts_with_double_star_ ? "/" : "";
  const std::string_view back = ends_with_triple_star_ && is_directory ? "/" : "";
  if (!front.empty() || !back.empty()) {
    const std::string text = std::string(front).append(path).append(back);
    return anchored_ || starts_with_double_star_ ? match_here(text) : match_after_any_slash(text);
  }
  if (anchored_) return match_here(path);
  if (double_star_) return match_after_any_slash(path);
  return match_here(last_components(path, slashes_ + 1));
}

bool Pattern::match_after_any_slash(std::string_view text) const {
  for (;;) {
    if (match_here(text)) return true;
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    text.remove_prefix(slash + 1);
  }
}

bool Pattern::accepts(const Element& element, char byte) const {
  const auto value = static_cast<unsigned char>(byte);
  return element.kind == Kind::byte ? element.byte == value : sets_[element.set][value];
}

// Backtracks only to the last star, and to the last double star where that one meets a slash: an earlier choice of an
// earlier star can gain nothing, since the later one takes any run that the earlier could have left to it.
bool Pattern::match_here(std::string_view text) const {
  struct Retry {
    std::size_t element = 0, at = 0;
    bool set = false;
  };
  Retry star, double_star;
  std::size_t e = 0, t = 0;
  for (;;) {
    if (e == elements_.size()) {
      if (t == text.size()) return true;
    } else if (elements_[e].kind == Kind::star) {
      star = {++e, t, true};
      continue;
    } else if (elements_[e].kind == Kind::double_star) {
      double_star = {++e, t, true};
      star = {};
      continue;
    } else if (t < text.size() && accepts(elements_[e], text[t])) {
      ++e, ++t;
      continue;
    }
    if (star.set && star.at < text.size() && text[star.at] != '/') {
      t = ++star.at;
      e = star.element;
    } else if (double_star.set && double_star.at < text.size()) {
      t = ++double_star.at;
      e = double_star.element;
      star = {};
    } else {
      return false;
    }
  }
}

}  // namespace g5ksync::tree
