// Programs under test, as processes.
#pragma once

#include <string>
#include <vector>

namespace g5ksync::trees {

struct Ran {
  int code = -1;  // 128 + n for signal n
  std::string out, err;
};

/// Runs `words` to their end, at most a minute; its input is empty.
Ran run(const std::vector<std::string>& words);

/// `words` as a shell would read them.
std::string command_line(const std::vector<std::string>& words);

}  // namespace g5ksync::trees
