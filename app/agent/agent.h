// The agent: the replica's half of a run, on the host, talking frames over two descriptors.
#pragma once

#include <string>

namespace g5ksync::app {

struct AgentStreams {
  int in = 0;
  int out = 1;
};

/// Serves one run and returns the process's exit status: 0 after an orderly end. Bounded in time: it ends within the
/// run's silence limit when the origin falls silent, and at once when `in` ends. Leaves no temp file behind.
int serve(const AgentStreams& streams);

}  // namespace g5ksync::app
