// What is fuzzed: every decoder and the delta kernel, as functions from bytes to nothing. A target throws where a
// promise is broken: what was decoded must encode and decode to the same, tokens must cover the file.
//
// Three programs run them: a libFuzzer each (fuzz_main.cc, with -DG5KSYNC_FUZZ=ON), and the replay in the normal test
// run (replay_test.cc), which takes corpus/NAME/*, the seeds, and mutations of both.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"

namespace g5ksync::fuzz {

struct Target {
  std::string_view name;
  void (*run)(base::ByteView input);
  std::vector<base::Bytes> (*seeds)();  // valid inputs
};

std::span<const Target> targets();

}  // namespace g5ksync::fuzz
