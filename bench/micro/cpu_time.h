// The CPU time of this process, all threads together.
#pragma once

#include <time.h>

namespace g5ksync::bench {

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace g5ksync::bench
