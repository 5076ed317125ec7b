// Reading the small text files that a command line names: rules, configuration.
#pragma once

#include <string>

#include "engine/base/error.h"

namespace g5ksync::app {

/// All of the file at `path`; "-" is the standard input. Errors carry the path. Files above 16 MiB are refused.
base::Result<std::string> read_text_file(const std::string& path);

}  // namespace g5ksync::app
