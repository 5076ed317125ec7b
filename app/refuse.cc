#include "app/refuse.h"

#include <cstdio>

#include "app/cli/advice.h"
#include "app/cli/exit_code.h"

namespace g5ksync::app {

int refuse(const base::Error& error) {
  std::fprintf(stderr, "g5ksync: %s\n", explain("", "", error).c_str());
  return exit_code_before_run(error);
}

}  // namespace g5ksync::app
