// Every implementation of Directory, for the contract suite.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/fs/directory.h"

namespace g5ksync::test {

struct Implementation {
  std::string name;
  std::unique_ptr<fs::Directory> (*open)(const std::string& path);
};

/// The real one as this system runs it, as older systems make it run, and wrapped by a fault injector without faults.
const std::vector<Implementation>& implementations();

}  // namespace g5ksync::test
