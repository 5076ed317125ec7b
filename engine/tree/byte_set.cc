#include "engine/tree/byte_set.h"

#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

namespace g5ksync::tree {
namespace {

// ASCII only: names are bytes, and a pattern must mean the same in every locale.
constexpr bool between(unsigned c, char low, char high) {
  return c >= static_cast<unsigned char>(low) && c <= static_cast<unsigned char>(high);
}
constexpr bool lower(unsigned c) { return between(c, 'a', 'z'); }
constexpr bool upper(unsigned c) { return between(c, 'A', 'Z'); }
constexpr bool alpha(unsigned c) { return lower(c) || upper(c); }
constexpr bool digit(unsigned c) { return between(c, '0', '9'); }
constexpr bool graph(unsigned c) { return between(c, '!', '~'); }

struct NamedClass {
  std::string_view name;
  bool (*holds)(unsigned);
};

constexpr std::array<NamedClass, 12> kClasses{{
    {"alnum", [](unsigned c) { return alpha(c) || digit(c); }},
    {"alpha", alpha},
    {"blank", [](unsigned c) { return c == ' ' || c == '\t'; }},
    {"cntrl", [](unsigned c) { return c < 0x20 || c == 0x7f; }},
    {"digit", digit},
    {"graph", graph},
    {"lower", lower},
    {"print", [](unsigned c) { return c == ' ' || graph(c); }},
    {"punct", [](unsigned c) { return graph(c) && !alpha(c) && !digit(c); }},
    {"space", [](unsigned c) { return c == ' ' || between(c, '\t', '\r'); }},
    {"upper", upper},
    {"xdigit", [](unsigned c) { return digit(c) || between(c, 'a', 'f') || between(c, 'A', 'F'); }},
}};

bool add_class(std::string_view name, ByteSet& set) {
  for (const NamedClass& known : kClasses) {
    if (known.name != name) continue;
    for (unsigned c = 0; c < 256; ++c) {
      if (known.holds(c)) set.set(c);
    }
    return true;
  }
  return false;
}

/// The body of a set, read byte by byte.
class SetReader {
 public:
  SetReader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  base::Result<ParsedSet> read() {
    const bool negated = next_is('!') || next_is('^');
    if (negated) ++at_;
    do {  // a ']' in front is one of the set
      G5K_TRY(read_member());
    } while (!next_is(']'));
    if (negated) set_.flip();
    return ParsedSet{set_ & all_but_slash(), at_ + 1};
  }

 private:
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  static base::Failure unclosed() { return base::fail(base::ErrorKind::usage, "a '[' that is not closed"); }

  base::Result<unsigned char> read_byte() {
    if (next_is('\\')) ++at_;
    if (at_ >= text_.size()) return unclosed();
    return static_cast<unsigned char>(text_[at_++]);
  }

  base::Result<void> read_member() {
    if (next_is('[') && at_ + 1 < text_.size() && text_[at_ + 1] == ':') {
      const std::size_t close = text_.find(']', at_ + 2);
      if (close == std::string_view::npos) return unclosed();
      if (close > at_ + 2 && text_[close - 1] == ':') return read_class(close);
    }
    G5K_ASSIGN(const unsigned char low, read_byte());
    set_.set(low);
    const bool range = next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
    if (!range) return at_ < text_.size() ? base::Result<void>() : unclosed();
    ++at_;
    G5K_ASSIGN(const unsigned char high, read_byte());
    for (unsigned c = low; c <= high; ++c) set_.set(c);
    return at_ < text_.size() ? base::Result<void>() : unclosed();
  }

  base::Result<void> read_class(std::size_t close) {
    const std::string_view name = text_.substr(at_ + 2, close - 1 - (at_ + 2));
    if (!add_class(name, set_))
      return base::fail(base::ErrorKind::usage, "no such class: [:" + std::string(name) + ":]");
    at_ = close + 1;
    return at_ < text_.size() ? base::Result<void>() : unclosed();
  }

  std::string_view text_;
  std::size_t at_;
  ByteSet set_;
};

}  // namespace

ByteSet all_but_slash() {
  ByteSet set;
  set.set();
  set.reset('/');
  return set;
}

base::Result<ParsedSet> parse_set(std::string_view text, std::size_t start) {
  return SetReader(text, start + 1).read();
}

}  // namespace g5ksync::tree
