// What "g5ksync sites" prints, as pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "app/cli/resolve.h"
#include "engine/base/error.h"

namespace g5ksync::app {

/// One site's answer to --check.
struct SiteCheck {
  Target target;
  double seconds = 0;                // until the answer or the failure
  std::optional<base::Error> error;  // none: the host can be used
};

/// A line each: the name and what ssh is asked for.
std::string site_lines(std::span<const Target> sites);

/// A line each: "nancy  ok  0.5s" or "lyon  failed  3.0s  connection timed out (…)", and a sum: "11 of 12 sites can be
/// used". `ssh_config`: the user's -F.
std::string check_lines(std::span<const SiteCheck> checks, const std::string& ssh_config = "");

}  // namespace g5ksync::app
