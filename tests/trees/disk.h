// Trees on the disk, by plain system calls, past the code under test.
#pragma once

#include <string>

#include "tests/trees/tree.h"

namespace g5ksync::trees {

/// Makes `tree` at `path`, where nothing is: contents (zeros as holes), links, nodes, owners (as root), modes and
/// times.
void plant(const std::string& path, const Tree& tree);
/// What is at `path`.
Tree walk(const std::string& path);
/// Every entry below `path` with its inode and change time: equal texts mean that nothing was touched in between.
std::string fingerprint(const std::string& path);
/// rm -rf that takes directories without permissions too.
void clear(const std::string& path);
/// KiB that the files below `path` take on the disk.
std::uint64_t allocated_kib(const std::string& path);

}  // namespace g5ksync::trees
