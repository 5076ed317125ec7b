// Ending before any host was tried.
#pragma once

#include "engine/base/error.h"

namespace g5ksync::app {

/// Says on the standard error what is wrong and what to do; gives the exit code.
int refuse(const base::Error& error);

}  // namespace g5ksync::app
