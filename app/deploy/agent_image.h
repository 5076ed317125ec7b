// The agent inside this program: what is uploaded to hosts. Made by the build (CMakeLists.txt).
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"

namespace g5ksync::app {

struct AgentImage {
  base::ByteView packed;   // gzip
  std::uint64_t size = 0;  // unpacked
  std::string sha256;      // of the unpacked program, 64 hex digits
};

AgentImage agent_image();

}  // namespace g5ksync::app
