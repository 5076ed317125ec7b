// Nodesets: many host names in one word, as ClusterShell and OAR users write them (ClusterShell's "NodeSet syntax").
//
//     gros-[1-4,7].nancy      gros-1.nancy … gros-4.nancy, gros-7.nancy
//     n[01-10]  n[0-10/2]     n01 … n10;  n0 n2 n4 … n10
//     r[1-2]n[1-2],login      r1n1 r1n2 r2n1 r2n2 login
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace g5ksync::app {

inline constexpr std::size_t kMaxHosts = 10'000;

/// A name that may go to ssh: 1 to 255 of A-Z a-z 0-9 . _ : - and @, no '-' in front (of the user or the host), at most
/// one '@', nothing empty around it.
bool is_host_name(std::string_view name);

/// The names of `text`, a list separated by commas or white space, in its order, each once. A usage error names the
/// place. At most kMaxHosts names.
base::Result<std::vector<std::string>> expand_nodeset(std::string_view text);

/// The names (each as is_host_name accepts) as a short nodeset, for people and for expand_nodeset: "gros-[1-7].nancy".
/// In the order in which each group first occurs; of several numbers in a name the one that gathers most is folded.
std::string fold_nodeset(std::span<const std::string> names);

}  // namespace g5ksync::app
