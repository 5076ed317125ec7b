// The user's configuration file: $XDG_CONFIG_HOME/g5ksync/config.toml, by default in ~/.config.
//
//     [sites]                     # replaces the shipped list
//     nancy = "nancy.g5k"         # name = "name for ssh"
//     lab   = "me@lab.example"
//
//     [defaults]
//     sites   = "all,-lyon"       # where to, when a command names no target
//     exclude = [".git/", "*.o"]  # behind the command line's own rules
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/sites.h"
#include "engine/base/error.h"

namespace g5ksync::app {

struct Config {
  SiteList sites = shipped_sites();
  std::vector<std::string> default_sites;    // for select_sites(); empty: none
  std::vector<std::string> default_exclude;  // patterns
};

/// Where the file is looked for; empty without XDG_CONFIG_HOME and HOME.
std::string config_path();

/// The configuration in the file at `path`; the defaults where there is no such file (or `path` is empty). What is
/// wrong in it is a usage error that begins "PATH:LINE: ".
base::Result<Config> load_config(const std::string& path);

/// The same of a text; `path` only for errors.
base::Result<Config> parse_config(std::string_view text, const std::string& path);

}  // namespace g5ksync::app
