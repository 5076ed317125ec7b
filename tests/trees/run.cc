#include "tests/trees/run.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace g5ksync::trees {
namespace {

constexpr unsigned kLimitSeconds = 60;

int memory_file() {
  const int fd = ::memfd_create("output", MFD_CLOEXEC);
  if (fd < 0) throw std::runtime_error("memfd_create");
  return fd;
}

std::string contents(int fd) {
  struct stat info;
  if (::fstat(fd, &info) != 0) throw std::runtime_error("fstat");
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  if (::pread(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) throw std::runtime_error("pread");
  ::close(fd);
  return text;
}

[[noreturn]] void become(const std::vector<std::string>& words, int out, int err) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::umask(022);
  ::alarm(kLimitSeconds);  // kept over exec
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

Ran run(const std::vector<std::string>& words) {
  const int out = memory_file(), err = memory_file();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) become(words, out, err);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid");
  return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), contents(out), contents(err)};
}

std::string command_line(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    const bool plain =
        word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,+=-") ==
        std::string::npos;
    text += (text.empty() ? "" : " ") + (plain && !word.empty() ? word : "'" + word + "'");
  }
  return text;
}

}  // namespace g5ksync::trees
