#include "tests/fs/implementations.h"

#include "engine/fs/means.h"
#include "tests/fs/faulty_directory.h"

namespace g5ksync::test {

const std::vector<Implementation>& implementations() {
  static const std::vector<Implementation> all{
      {"posix", [](const std::string& path) { return fs::open_root(path).value(); }},
      {"posix, old kernel",
       [](const std::string& path) {
         return fs::open_root_with(path, {.openat2 = false, .empty_path = false, .proc = true}).value();
       }},
      {"posix, old kernel, no /proc",
       [](const std::string& path) {
         return fs::open_root_with(path, {.openat2 = false, .empty_path = false, .proc = false}).value();
       }},
      {"faulty, without faults",
       [](const std::string& path) { return make_faulty(fs::open_root(path).value(), std::make_shared<Faults>()); }},
  };
  return all;
}

}  // namespace g5ksync::test
