// The commands, each as a list of steps. They print, and give the exit code.
#pragma once

#include "app/cli/options.h"

namespace g5ksync::app {

/// push, status or verify: options.task.
int push(const PushOptions& options);
int list_sites(const SitesOptions& options);

}  // namespace g5ksync::app
