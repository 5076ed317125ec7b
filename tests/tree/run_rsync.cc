#include "tests/tree/run_rsync.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <sstream>
#include <stdexcept>

#include "engine/base/fd.h"

namespace g5ksync::test {
namespace {

[[noreturn]] void become_rsync(const std::vector<std::string>& arguments, int out) {
  std::vector<char*> argv;
  std::string program = "rsync";
  std::vector<std::string> copies = arguments;
  argv.push_back(program.data());
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::dup2(out, 1);
  ::setenv("LC_ALL", "C", 1);
  ::execvp("rsync", argv.data());
  ::_exit(127);
}

}  // namespace

bool have_rsync() {
  static const bool have = std::system("rsync --version >/dev/null 2>&1") == 0;
  if (!have) WARN("no rsync here: skipped");
  return have;
}

std::vector<std::string> run_rsync(const std::vector<std::string>& arguments) {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  const base::Fd in(ends[0]);
  base::Fd out(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) become_rsync(arguments, out.get());
  out.reset();
  std::string text;
  std::array<char, 65536> buffer;
  for (ssize_t count = 0; (count = ::read(in.get(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("rsync failed: " + std::to_string(status));
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::uint32_t test_seed() {
  if (const char* given = std::getenv("G5KSYNC_TEST_SEED")) return static_cast<std::uint32_t>(std::stoul(given));
  return std::random_device{}();
}

std::uint32_t rounds(std::uint32_t usual) {
  const char* given = std::getenv("G5KSYNC_TEST_ROUNDS");
  return given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : usual;
}

}  // namespace g5ksync::test
