// What `g5ksync status -i` printed for one host, as numbers.
#pragma once

#include <cstddef>
#include <string>

namespace g5ksync::trees {

struct Reading {
  std::size_t missing = 0, different = 0, only_there = 0;  // as the host's line says
  std::size_t listed = 0, listed_there = 0;                // lines above it: what a push would do, what is only there
  bool same() const { return missing + different + only_there == 0; }
};

/// The host is called "here".
Reading read_status(const std::string& out);

}  // namespace g5ksync::trees
