// Trying hosts: can a command run there?
#pragma once

#include <functional>
#include <vector>

#include "app/cli/sites_view.h"
#include "transport/dialer.h"

namespace g5ksync::app {

/// Runs one small command on every target, all at once, and gives their outcomes in order. Ends early, with error kind
/// interrupted for those still open, once `stop()` is true. Bounded by `limit`.
std::vector<SiteCheck> check_sites(transport::Loop& loop, transport::Dialer& dialer, const std::vector<Target>& targets,
                                   base::Nanos limit, const std::function<bool()>& stop);

}  // namespace g5ksync::app
