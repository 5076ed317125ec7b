#include "tests/trees/itemized.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/trees/tree.h"

namespace g5ksync::trees {
namespace {

constexpr int kMostLines = 12;

using Lines = std::set<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

bool is_octal(const std::string& text, std::size_t at) {
  return at + 3 <= text.size() && text.find_first_not_of("01234567", at) >= at + 3;
}

char octal(const std::string& text, std::size_t at) {
  return static_cast<char>((text[at] - '0') * 64 + (text[at + 1] - '0') * 8 + (text[at + 2] - '0'));
}

/// "\#ooo" and "\ooo" as the bytes that they stand for; "\n" and the like too where the program writes them.
std::string plain(const std::string& line, bool from_rsync) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t digits = i + (from_rsync ? 2 : 1);
    const bool escape = line[i] == '\\' && i + 1 < line.size() && (!from_rsync || line[i + 1] == '#');
    if (escape && is_octal(line, digits)) {
      text += octal(line, digits);
      i = digits + 2;
    } else if (escape && !from_rsync) {
      const char next = line[++i];
      text += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
    } else {
      text += line[i];
    }
  }
  return text;
}

/// The lines that begin with eleven characters of changes, or say what is deleted.
Lines changes(const std::string& output, bool from_rsync) {
  Lines found;
  for (std::string line : lines_of(output)) {
    const bool change = line.size() > 12 && line[11] == ' ' &&
                        std::string("<>ch.*").find(line[0]) != std::string::npos &&
                        std::string("fdLDS").find(line[1]) != std::string::npos;
    if (!change && !line.starts_with("*deleting ")) continue;
    if (line[0] == '>') line[0] = '<';
    found.insert(plain(line, from_rsync));
  }
  return found;
}

std::string only_in(const Lines& a, const Lines& b, const std::string& who) {
  std::string text;
  int count = 0;
  for (const std::string& line : a)
    if (!b.contains(line) && ++count <= kMostLines) text += "  " + who + " only: " + shown(line) + "\n";
  return text;
}

}  // namespace

std::string itemized_difference(const std::string& of_rsync, const std::string& of_g5ksync) {
  const Lines theirs = changes(of_rsync, true), ours = changes(of_g5ksync, false);
  return only_in(theirs, ours, "rsync") + only_in(ours, theirs, "g5ksync");
}

std::string changed_lines(const std::string& before, const std::string& after) {
  const Lines a = lines_of(before), b = lines_of(after);
  return only_in(a, b, "before") + only_in(b, a, "after");
}

}  // namespace g5ksync::trees
