// Random trees, and what happens to trees between two pushes.
#pragma once

#include <cstdint>

#include "tests/trees/dice.h"
#include "tests/trees/tree.h"

namespace g5ksync::trees {

/// What a tree may hold: some things need root, or an option that would keep them.
struct Soil {
  bool devices = false, owners = false, hard_links = false;
  bool secrets = true;  // edits that leave size and mtime as they were
  bool setgid =
      false;  // directories that hand their group on; when they begin to differs, so only where groups are kept
};

/// A tree of one to about 80 entries.
Tree grow(Dice& dice, const Soil& soil);

/// Edits, moves, removals, changes of type and so on, as people do them at the source.
void mutate(Tree& tree, Dice& dice, const Soil& soil);

/// What others did at the destination meanwhile: extra names, changed, touched and removed files.
void disturb(Tree& tree, Dice& dice, const Soil& soil);

/// Rewrites a file without a change of size or mtime: only -c or -I can see it.
void edit_secretly(Tree& tree, const std::string& path, Dice& dice);

}  // namespace g5ksync::trees
