#include "app/cli/nodeset.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace g5ksync::app {
namespace {

using base::ErrorKind;
using Names = std::vector<std::string>;

constexpr std::size_t kMaxDigits = 9;  // of one number, so that it fits 32 bits
constexpr std::size_t kMaxName = 255;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_separator(char c) { return c == ',' || c == ' ' || c == '\t' || c == '\n'; }
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == ':' ||
         c == '@' || c == '-';
}

std::string padded(std::uint32_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

/// Recursive descent over the text; `at_` is the place of the next character.
class NodesetParser {
 public:
  explicit NodesetParser(std::string_view text) : text_(text) {}

  base::Result<Names> parse() {
    while (at_ < text_.size()) {
      if (is_separator(text_[at_])) {
        ++at_;
        continue;
      }
      G5K_TRY(pattern());
    }
    return std::move(names_);
  }

 private:
  base::Failure wrong(std::size_t place, const std::string& sentence) const {
    return base::fail(ErrorKind::usage,
                      "\"" + std::string(text_) + "\", character " + std::to_string(place + 1) + ": " + sentence);
  }

  /// One word: literals and brackets up to a separator; appends the names it stands for.
  base::Result<void> pattern() {
    const std::size_t start = at_;
    Names words{""};
    while (at_ < text_.size() && !is_separator(text_[at_])) {
      if (text_[at_] == '[') {
        G5K_ASSIGN(const Names numbers, bracket());
        if (words.size() * numbers.size() > kMaxHosts) return too_many(start);
        words = product(words, numbers);
      } else if (is_name_char(text_[at_])) {
        for (std::string& word : words) word += text_[at_];
        ++at_;
      } else {
        return wrong(at_, bad_character());
      }
    }
    return keep(start, words);
  }

  std::string bad_character() const {
    if (text_[at_] == ']') return "\"]\" without \"[\"";
    return "\"" + std::string(1, text_[at_]) + "\" cannot be in a host name";
  }

  static Names product(const Names& words, const Names& numbers) {
    Names out;
    out.reserve(words.size() * numbers.size());
    for (const std::string& word : words)
      for (const std::string& number : numbers) out.push_back(word + number);
    return out;
  }

  base::Failure too_many(std::size_t place) const {
    return wrong(place, "more than " + std::to_string(kMaxHosts) + " hosts");
  }

  base::Result<void> keep(std::size_t place, const Names& words) {
    for (const std::string& word : words) {
      if (!is_host_name(word)) return wrong(place, "\"" + word + "\" cannot be the name of a host");
      if (!seen_.insert(word).second) continue;
      if (names_.size() == kMaxHosts) return too_many(place);
      names_.push_back(word);
    }
    return {};
  }

  /// "[" ranges "]", with `at_` on the "[".
  base::Result<Names> bracket() {
    const std::size_t open = at_++;
    Names numbers;
    for (;;) {
      G5K_TRY(range(open, numbers));
      if (at_ >= text_.size()) return wrong(open, "\"[\" without \"]\"");
      const char c = text_[at_++];
      if (c == ']') return numbers;
      if (c != ',') return wrong(at_ - 1, "\"" + std::string(1, c) + "\" in a range of numbers");
    }
  }

  /// N, N-M or N-M/STEP.
  base::Result<void> range(std::size_t open, Names& numbers) {
    const std::size_t place = at_;
    G5K_ASSIGN(const std::string_view first, digits(open));
    std::string_view last = first, step = "1";
    if (next_is('-')) {
      G5K_ASSIGN(last, digits(open));
      if (next_is('/')) {
        G5K_ASSIGN(step, digits(open));
      }
    }
    const std::size_t width = first.size() > 1 && first.front() == '0' ? first.size() : 0;
    if (last.size() > 1 && last.front() == '0' && last.size() != width)
      return wrong(place, "the ends of the range are padded differently");
    const std::uint32_t from = value(first), to = value(last), by = value(step);
    if (by == 0) return wrong(place, "a step of 0");
    if (from > to) return wrong(place, "the range runs backwards");
    if ((to - from) / by >= kMaxHosts - std::min(numbers.size(), kMaxHosts)) return too_many(place);
    for (std::uint64_t i = from; i <= to; i += by) numbers.push_back(padded(static_cast<std::uint32_t>(i), width));
    return {};
  }

  bool next_is(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  base::Result<std::string_view> digits(std::size_t open) {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ == start && at_ >= text_.size()) return wrong(open, "\"[\" without \"]\"");
    if (at_ == start) return wrong(at_, "a number is missing");
    if (at_ - start > kMaxDigits) return wrong(start, "the number is too long");
    return text_.substr(start, at_ - start);
  }

  static std::uint32_t value(std::string_view digits) {
    std::uint32_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Names names_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxName || !std::all_of(name.begin(), name.end(), is_name_char)) return false;
  const std::size_t at = name.find('@');
  const std::string_view host = at == std::string_view::npos ? name : name.substr(at + 1);
  return name.front() != '-' && name.front() != '@' && !host.empty() && host.front() != '-' &&
         host.find('@') == std::string_view::npos;
}

base::Result<std::vector<std::string>> expand_nodeset(std::string_view text) { return NodesetParser(text).parse(); }

}  // namespace g5ksync::app
