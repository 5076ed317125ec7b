// Ctrl-C: the first asks the run to end cleanly, the second ends the program at once.
#pragma once

namespace g5ksync::app {

/// While it lives, SIGINT, SIGTERM and SIGHUP are taken as requests to stop.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

bool interrupted();

}  // namespace g5ksync::app
