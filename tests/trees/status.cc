#include "tests/trees/status.h"

#include <algorithm>
#include <sstream>

namespace g5ksync::trees {
namespace {

/// The number before " what" in "4 missing, 1,234 only there"; 0 where it says nothing of it.
std::size_t number_before(const std::string& line, const std::string& what) {
  const std::size_t end = line.find(" " + what);
  if (end == std::string::npos) return 0;
  std::string digits = line.substr(0, end);
  digits.erase(0, digits.rfind(' ') + 1);
  std::erase(digits, ',');
  return std::stoul(digits);
}

}  // namespace

Reading read_status(const std::string& out) {
  Reading said;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("here: "))
      said.missing = number_before(line, "missing"), said.different = number_before(line, "different"),
      said.only_there = number_before(line, "only there");
    else if (line.starts_with("*only there "))
      ++said.listed_there;
    else if (!line.empty() && std::string("<c.h").find(line[0]) != std::string::npos)
      ++said.listed;
  }
  return said;
}

}  // namespace g5ksync::trees
