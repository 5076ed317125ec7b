// The sites that --sites knows: a shipped list, or the [sites] table of the user's configuration.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace g5ksync::app {

struct Site {
  std::string name;      // what the user types: "nancy"
  std::string ssh_name;  // what ssh is asked for: "nancy.g5k"
  friend bool operator==(const Site&, const Site&) = default;
};

/// In the order in which they are listed and used.
using SiteList = std::vector<Site>;

/// Grid'5000's sites, each by the ssh name SITE.g5k.
SiteList shipped_sites();

/// The sites that `selections` name, in order, without duplicates. Each is a comma list of "all", names, and "-NAME",
/// which takes a site out of what stands before it; a list that begins with "-NAME" starts from all. An unknown name
/// or an empty result is a usage error that says which.
base::Result<SiteList> select_sites(const SiteList& known, const std::vector<std::string>& selections);

/// The ssh name of a host that is not a site itself: NODE.SITE is reached as its site is, with what the site's ssh name
/// has around SITE ("gros-1.nancy" → "gros-1.nancy.g5k", with [sites] nancy = "me@nancy.g5k" → "me@gros-1.nancy.g5k").
/// Any other name is given back as it is.
std::string ssh_name_of_host(const SiteList& known, std::string_view host);

}  // namespace g5ksync::app
