#include "engine/tree/chmod.h"

#include <algorithm>
#include <string>

namespace g5ksync::tree {
namespace {

constexpr std::uint32_t kAllBits = 07777, kExecute = 0111;
constexpr std::uint32_t kSetuid = 04000, kSetgid = 02000, kSticky = 01000;

/// A class of users by its execute bit: times 4, 2 or 1 it is that class's read, write or execute bit.
std::uint32_t class_of(char letter) {
  switch (letter) {
    case 'u':
      return 0100;
    case 'g':
      return 0010;
    case 'o':
      return 0001;
    case 'a':
      return kExecute;
    default:
      return 0;
  }
}

/// The special bits that stand in the place of the execute bits of `classes`.
std::uint32_t special_bits(std::uint32_t classes) {
  return ((classes & 0100) != 0 ? kSetuid : 0) | ((classes & 0010) != 0 ? kSetgid : 0) |
         ((classes & 0001) != 0 ? kSticky : 0);
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

/// One change while it is read.
struct ModeChanges::Clause {
  Scope scope = Scope::all;
  std::uint32_t classes = 0;
  std::uint32_t setids = 0;  // what "s" means for these classes
  char op = 0;               // '+', '-', '=', or '#' for a number
  std::uint32_t what = 0;    // read, write, execute as 4, 2, 1; or the number
  std::uint32_t special = 0;
  bool keeps_x = false;
  std::uint32_t copied = 0;  // a class

  bool read_scope(char letter) {
    const Scope wanted = letter == 'D' ? Scope::directories : Scope::others;
    const bool contradicts = scope != Scope::all && scope != wanted;
    scope = wanted;
    return !contradicts;
  }

  /// In front of the operator.
  bool read_who(char letter) {
    if (letter == 'D' || letter == 'F') return read_scope(letter);
    if (const std::uint32_t bits = class_of(letter); bits != 0) {
      classes |= bits;
      setids |= special_bits(bits) & (kSetuid | kSetgid);
      return true;
    }
    if (is_octal(letter) && classes == 0) {
      op = '#';
      return read_digit(letter);
    }
    op = letter;
    return letter == '+' || letter == '-' || letter == '=';
  }

  bool read_digit(char digit) {
    what = what * 8 + static_cast<std::uint32_t>(digit - '0');
    return is_octal(digit) && what <= kAllBits;
  }

  /// Behind the operator.
  bool read_what(char letter) {
    if (letter == 'u' || letter == 'g' || letter == 'o') {
      const bool first = what == 0 && special == 0 && copied == 0;
      copied = class_of(letter);
      return first;
    }
    if (letter == 'r') what |= 4;
    if (letter == 'w') what |= 2;
    if (letter == 'x' || letter == 'X') what |= 1;
    if (letter == 'X') keeps_x = true;
    if (letter == 's') special = setids != 0 ? special | setids : kSetuid;  // "+ts" loses its t, as in rsync
    if (letter == 't') special |= kSticky;
    return copied == 0 && std::string_view("rwxXst").find(letter) != std::string_view::npos;
  }

  bool read(char letter) { return op == 0 ? read_who(letter) : op == '#' ? read_digit(letter) : read_what(letter); }

  Change change(std::uint32_t umask) const {
    Change made;
    made.scope = scope;
    made.keeps_x = keeps_x;
    if (op == '#') {
      made.keep = 0;
      made.set = what;
      return made;
    }
    const std::uint32_t to = classes != 0 ? classes : kExecute;
    const std::uint32_t not_held_back = classes != 0 ? kAllBits : ~umask;
    const std::uint32_t bits = (to * what & not_held_back) | special;
    made.set = op == '-' ? 0 : bits;
    if (op == '-') made.keep = kAllBits & ~bits;
    if (op == '=')
      made.keep = kAllBits & ~(to * 7) & ~(special != 0 ? setids : 0) & ~(copied != 0 ? special_bits(to) : 0);
    if (copied == 0) return made;
    made.copied_from = copied == 0100 ? 7 : copied == 0010 ? 4 : 1;
    made.copied_to = to;
    made.copy_mask = not_held_back;
    made.copy_takes_away = op == '-';
    return made;
  }
};

base::Result<ModeChanges::Change> ModeChanges::parse_change(std::string_view text, std::uint32_t umask) {
  Clause clause;
  const bool read = std::ranges::all_of(text, [&](char letter) { return clause.read(letter); });
  if (!read || clause.op == 0)
    return base::fail(base::ErrorKind::usage, "not a change of modes: \"" + std::string(text) + "\"");
  return clause.change(umask);
}

base::Result<void> ModeChanges::add(std::string_view text, std::uint32_t umask) {
  std::vector<Change> added;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    G5K_ASSIGN(Change change, parse_change(text.substr(0, comma), umask));
    added.push_back(change);
    if (more) text.remove_prefix(comma + 1);
  }
  changes_.insert(changes_.end(), added.begin(), added.end());
  return {};
}

void ModeChanges::apply(fs::Stat& stat) const {
  if (stat.type == fs::FileType::symlink) return;
  const bool directory = stat.type == fs::FileType::directory;
  const bool had_x = (stat.mode & kExecute) != 0;
  for (const Change& change : changes_) {
    if (change.scope != Scope::all && (change.scope == Scope::directories) != directory) continue;
    const std::uint32_t from = change.copied_from == 0 ? 0 : (stat.mode >> (change.copied_from - 1)) & 7;
    const std::uint32_t copied = change.copied_to * from & change.copy_mask;
    const std::uint32_t set = change.keeps_x && !had_x && !directory ? change.set & ~kExecute : change.set;
    stat.mode = (stat.mode & change.keep) | set;
    stat.mode = (change.copy_takes_away ? stat.mode & ~copied : stat.mode | copied) & kAllBits;
  }
}

}  // namespace g5ksync::tree
