// parse() from words, for the tests.
#pragma once

#include <string>
#include <vector>

#include "app/cli/options.h"

namespace g5ksync::app {

inline Command parse_words(std::vector<std::string> words) {
  words.insert(words.begin(), "g5ksync");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return parse(static_cast<int>(argv.size()), argv.data());
}

}  // namespace g5ksync::app
