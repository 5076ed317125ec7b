// The small parts that trees are made of.
#pragma once

#include "tests/trees/grow.h"

namespace g5ksync::trees {

std::string draw_name(Dice& dice);
Content draw_content(Dice& dice);
Time draw_time(Dice& dice);
unsigned draw_mode(Dice& dice, Type type);
/// A new entry of any type but a directory.
Node draw_leaf(Dice& dice, const Soil& soil);
Node draw_directory(Dice& dice, const Soil& soil);
/// Edits in the middle, insertions, truncation, appending, or other content.
Content edited(const std::string& bytes, Dice& dice);

}  // namespace g5ksync::trees
