// The texts of --help. Written by hand; a test holds them against the options that parse() knows.
#pragma once

#include <string_view>

namespace g5ksync::app {

/// Printed where no subcommand was given: a few lines.
std::string_view short_usage();
std::string_view main_help();
std::string_view push_help();
std::string_view compare_help();  // status and verify
std::string_view sites_help();

}  // namespace g5ksync::app
