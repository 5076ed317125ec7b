// One seed: grows trees, pushes them with g5ksync and with rsync, and compares both with each other and with the model.
#pragma once

#include <cstdint>
#include <string>

namespace g5ksync::trees {

struct Workshop {
  std::string bin;      // the folder of g5ksync
  std::string scratch;  // a folder that is there
  bool keep = false;    // leave also what was at the destination before
};

/// What went wrong with this seed, in lines; empty where all three agree.
std::string judge(const Workshop& workshop, std::uint64_t seed);

}  // namespace g5ksync::trees
