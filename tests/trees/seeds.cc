#include "tests/trees/seeds.h"

#include <sys/sysmacros.h>
#include <unistd.h>

namespace g5ksync::trees {
namespace {

std::size_t draw_size(Dice& dice) {
  static constexpr std::size_t kSmall[] = {0, 1, 2, 100, 255, 256, 257, 700, 1'024, 4'096, 5'000, 20'000};
  static constexpr std::size_t kBorders[] = {65'535, 65'536, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 300'001};
  static constexpr std::size_t kLarge[] = {(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2'500'000};
  if (dice.one_in(40)) return dice.pick(kLarge);
  if (dice.one_in(12)) return dice.pick(kBorders);
  return dice.pick(kSmall);
}

void fill_randomly(std::string& bytes, std::size_t from, std::size_t to, Dice& dice) {
  std::uint64_t word = 0;
  for (std::size_t i = from; i < to; ++i, word >>= 8) {
    if ((i - from) % 8 == 0) word = dice.bits();
    bytes[i] = static_cast<char>(word);
  }
}

/// Lines of words, as source code has: compressible, with repeats.
std::string text_of(std::size_t size, Dice& dice) {
  static constexpr const char* kWords[] = {"int ",   "return ", "static ", "{\n",  "}\n",
                                           "  if (", ") ",      "0;\n",    "next", "->"};
  std::string text;
  while (text.size() < size) text += dice.one_in(9) ? std::to_string(dice.below(10'000)) : dice.pick(kWords);
  text.resize(size);
  return text;
}

Node with_attributes(Node node, Dice& dice, const Soil& soil) {
  static constexpr std::uint32_t kOwners[] = {0, 1, 12'345, 65'534};
  node.mode = draw_mode(dice, node.type);
  if (node.type == Type::directory && !soil.setgid) node.mode &= ~02000U;
  node.mtime = draw_time(dice);
  node.uid = ::geteuid();
  node.gid = ::getegid();
  if (!soil.owners || !dice.one_in(3)) return node;
  node.uid = dice.pick(kOwners);
  node.gid = dice.pick(kOwners);
  return node;
}

}  // namespace

std::string draw_name(Dice& dice) {
  static constexpr const char* kOdd[] = {"a b",
                                         " lead",
                                         "trail ",
                                         "-n",
                                         "--delete",
                                         "new\nline",
                                         "\xff\xfe",
                                         "Gr\xc3\xbc\xc3\x9f"
                                         "e",
                                         "*",
                                         "?[x]",
                                         "back\\slash",
                                         ".hidden",
                                         "note~",
                                         "#x",
                                         "a:b",
                                         "tab\t",
                                         "CVS",
                                         "$HOME",
                                         "'q'",
                                         "\x01\x7f"};
  static constexpr const char* kExtensions[] = {".c", ".o", ".h", "", "", ".txt"};
  if (dice.one_in(60)) return std::string(255, static_cast<char>('a' + dice.below(26)));
  if (dice.one_in(6)) return dice.pick(kOdd) + (dice.one_in(2) ? "" : std::to_string(dice.below(50)));
  return std::string(1, static_cast<char>('a' + dice.below(6))) + std::to_string(dice.below(30)) +
         dice.pick(kExtensions);
}

Content draw_content(Dice& dice) {
  const std::size_t size = draw_size(dice);
  if (dice.one_in(3)) return content_of(text_of(size, dice));
  std::string bytes(size, '\0');
  const std::size_t kind = dice.below(10);
  if (kind == 0) return content_of(std::move(bytes));  // all zeros
  const std::size_t from = kind == 1 ? size / 3 : 0, to = kind == 1 || kind == 2 ? size / 2 : size;
  fill_randomly(bytes, from, to, dice);  // zeros before or after some data
  return content_of(std::move(bytes));
}

Time draw_time(Dice& dice) {
  static constexpr std::int64_t kSeconds[] = {0, 1, -1, -86'400 * 365 * 3, 2'147'483'647, 2'147'483'648, 4'102'444'800};
  static constexpr std::uint32_t kNanos[] = {0, 1, 500'000'000, 999'999'999, 123'456'789};
  if (dice.one_in(10)) return {dice.pick(kSeconds), dice.pick(kNanos)};
  return {1'600'000'000 + static_cast<std::int64_t>(dice.below(100'000'000)),
          dice.one_in(3) ? 0 : static_cast<std::uint32_t>(dice.below(1'000'000'000))};
}

unsigned draw_mode(Dice& dice, Type type) {
  static constexpr unsigned kDirectories[] = {0755, 0755, 0755, 0700, 0775, 0500, 0555, 01777, 02755};
  static constexpr unsigned kFiles[] = {0644, 0644, 0644, 0600, 0755, 0400, 0444, 0666, 0777, 04755, 02711, 01644};
  static constexpr unsigned kClosed[] = {0000, 0200, 0070, 0111};
  if (type == Type::directory) return dice.pick(kDirectories);
  if (dice.one_in(12)) return dice.pick(kClosed);
  return dice.pick(kFiles);
}

Node draw_leaf(Dice& dice, const Soil& soil) {
  static constexpr const char* kTargets[] = {"a1", "../b2.c", "/nowhere/at/all", "missing",
                                             ".",  "..",      "odd \n\xff",      "/etc/passwd"};
  Node node;
  node.type = Type::file;
  const std::size_t kind = dice.below(24);
  if (kind < 3) node.type = Type::symlink;
  if (kind == 3) node.type = Type::fifo;
  if (kind == 4 && dice.one_in(3)) node.type = Type::socket;
  if (kind == 5 && soil.devices) node.type = dice.one_in(2) ? Type::char_device : Type::block_device;
  if (node.type == Type::file) node.content = draw_content(dice);
  if (node.type == Type::symlink) node.content = content_of(dice.pick(kTargets));
  if (node.type == Type::char_device || node.type == Type::block_device)
    node.rdev = makedev(static_cast<unsigned>(1 + dice.below(3)), static_cast<unsigned>(dice.below(300)));
  return with_attributes(std::move(node), dice, soil);
}

Node draw_directory(Dice& dice, const Soil& soil) { return with_attributes(Node{}, dice, soil); }

Content edited(const std::string& old, Dice& dice) {
  std::string bytes = old;
  std::string piece(1 + dice.below(400), '\0');
  fill_randomly(piece, 0, piece.size(), dice);
  const std::size_t at = bytes.empty() ? 0 : dice.below(bytes.size());
  switch (dice.below(7)) {
    case 0:
      return draw_content(dice);
    case 1:
      bytes.resize(at);
      break;
    case 2:
      bytes += piece;
      break;
    case 3:
      bytes.insert(at, piece);
      break;
    case 4:
      bytes.erase(at, piece.size());
      break;
    case 5:  // something moves
      bytes = bytes.substr(at) + bytes.substr(0, at);
      break;
    default:
      bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece, 0, std::min(piece.size(), bytes.size() - at));
      break;
  }
  return content_of(std::move(bytes));
}

}  // namespace g5ksync::trees
