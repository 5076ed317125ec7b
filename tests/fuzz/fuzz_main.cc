// A libFuzzer program for the target that it is built for: fuzz_log, fuzz_answer, …
//
//   fuzz_log --seeds DIR     writes the target's seeds into DIR
//   fuzz_log DIR … OPTIONS   libFuzzer
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/fuzz/targets.h"

namespace {

const g5ksync::fuzz::Target& target() {
  const auto all = g5ksync::fuzz::targets();
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& t) { return t.name == G5KSYNC_FUZZ_TARGET; });
  if (found == all.end()) std::abort();
  return *found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const g5ksync::fuzz::Target& chosen = target();
  chosen.run(std::as_bytes(std::span(data, size)));
  return 0;
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc != 3 || std::string((*argv)[1]) != "--seeds") return 0;
  int number = 0;
  for (const g5ksync::base::Bytes& seed : target().seeds()) {
    std::ofstream file(std::string((*argv)[2]) + "/seed" + std::to_string(number++), std::ios::binary);
    file << g5ksync::base::text_of(seed);
  }
  std::exit(0);
}
