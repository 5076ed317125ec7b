#include "app/cli/columns.h"

#include <algorithm>
#include <array>

namespace g5ksync::app {
namespace {

struct Block {
  char32_t first, last;
};

constexpr std::array kWide{
    Block{0x1100, 0x115F},   Block{0x231A, 0x231B},   Block{0x23E9, 0x23EC},   Block{0x2E80, 0x303E},
    Block{0x3041, 0xA4CF},   Block{0xA960, 0xA97C},   Block{0xAC00, 0xD7A3},   Block{0xF900, 0xFAFF},
    Block{0xFE30, 0xFE6F},   Block{0xFF01, 0xFF60},   Block{0xFFE0, 0xFFE6},   Block{0x16FE0, 0x18CFF},
    Block{0x1B000, 0x1B2FF}, Block{0x1F300, 0x1F64F}, Block{0x1F680, 0x1F6FF}, Block{0x1F900, 0x1FAFF},
    Block{0x20000, 0x3FFFD},
};
constexpr std::array kZero{
    Block{0x0300, 0x036F}, Block{0x0483, 0x0489}, Block{0x0591, 0x05BD}, Block{0x064B, 0x065F},   Block{0x1AB0, 0x1AFF},
    Block{0x1DC0, 0x1DFF}, Block{0x200B, 0x200F}, Block{0x2028, 0x202E}, Block{0x2060, 0x2064},   Block{0x20D0, 0x20FF},
    Block{0xFE00, 0xFE0F}, Block{0xFE20, 0xFE2F}, Block{0xFEFF, 0xFEFF}, Block{0xE0100, 0xE01EF},
};

bool in(char32_t c, const auto& blocks) {
  const auto block = std::find_if(blocks.begin(), blocks.end(), [c](const Block& b) { return c <= b.last; });
  return block != blocks.end() && c >= block->first;
}

std::size_t columns_of_character(char32_t c) { return in(c, kZero) ? 0 : in(c, kWide) ? 2 : 1; }

/// Takes the first character off `text`, which is valid UTF-8 (a stray byte counts as one character).
char32_t next_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < std::min(length, text.size()); ++i)
    c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(std::min(length, text.size()));
  return c;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += columns_of_character(next_character(text));
  return columns;
}

std::string cut_to(std::string_view text, std::size_t columns, bool utf8) {
  if (columns_of(text) <= columns) return std::string(text);
  const std::string_view ellipsis = utf8 ? "…" : "...";
  const std::size_t room = columns_of(ellipsis) <= columns ? columns - columns_of(ellipsis) : columns;
  std::size_t used = 0;
  std::string_view rest = text;
  for (std::string_view after = rest; !rest.empty(); rest = after) {
    used += columns_of_character(next_character(after));
    if (used > room) break;
  }
  std::string out(text.substr(0, text.size() - rest.size()));
  return room == columns ? out : out.append(ellipsis);
}

std::string pad_right(std::string_view text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  return std::string(text) + std::string(columns > used ? columns - used : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  return std::string(columns > used ? columns - used : 0, ' ') + std::string(text);
}

std::string plain_ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char32_t c = next_character(text);
    out += c == U'…' ? "..." : std::string(1, c < 0x80 ? static_cast<char>(c) : '?');
  }
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string counted(std::uint64_t count, const std::string& one, const std::string& more) {
  return grouped(count) + " " + (count == 1 ? one : more.empty() ? one + "s" : more);
}

std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<Align>& align) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool left = i < align.size() && align[i] == Align::left;
      line += (i == 0 ? "" : "  ") + (left ? pad_right(row[i], widths[i]) : pad_left(row[i], widths[i]));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace g5ksync::app
