#include "app/interrupt.h"

#include <unistd.h>

#include <array>
#include <csignal>

#include "app/cli/exit_code.h"

namespace g5ksync::app {
namespace {

volatile std::sig_atomic_t g_requests = 0;
constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

void on_signal(int) {
  if (g_requests > 0) ::_exit(kExitInterrupted);
  g_requests = 1;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  for (const int number : kSignals) std::signal(number, on_signal);
}

InterruptGuard::~InterruptGuard() {
  for (const int number : kSignals) std::signal(number, SIG_DFL);
}

bool interrupted() { return g_requests > 0; }

}  // namespace g5ksync::app
