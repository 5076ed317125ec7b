#include "tests/fs/scratch.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace g5ksync::test {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("scratch: ") + what);
}

std::string base_directory() {
  if (const char* given = std::getenv("TMPDIR")) return given;
  return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

int run(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

ScratchDir::ScratchDir() {
  path_ = base_directory() + "/g5ksync-test.XXXXXX";
  check(::mkdtemp(path_.data()) != nullptr && ::chmod(path_.c_str(), 0755) == 0, "mkdtemp");
}

// rm: it takes any depth, and the tests make trees that are deeper than a recursion should be.
ScratchDir::~ScratchDir() {
  const std::string remove = "rm -rf '" + path_ + "'";
  run(remove + " 2>/dev/null || { chmod -R u+rwx '" + path_ + "'; " + remove + "; }");
}

std::unique_ptr<fs::Directory> ScratchDir::open() const {
  auto opened = fs::open_root(path_);
  check(opened.has_value(), "open");
  return *std::move(opened);
}

void ScratchDir::file(std::string_view name, std::string_view content) const {
  std::ofstream out(path(name), std::ios::binary);
  out << content;
  check(out.flush().good(), "write file");
}

void ScratchDir::directory(std::string_view name) const { check(::mkdir(path(name).c_str(), 0755) == 0, "mkdir"); }

void ScratchDir::symlink(std::string_view name, std::string_view target) const {
  check(::symlink(std::string(target).c_str(), path(name).c_str()) == 0, "symlink");
}

std::string ScratchDir::content(std::string_view name) const {
  std::ifstream in(path(name), std::ios::binary);
  check(in.good(), "read file");
  return {std::istreambuf_iterator<char>(in), {}};
}

bool ScratchDir::exists(std::string_view name) const {
  struct stat unused;
  return ::lstat(path(name).c_str(), &unused) == 0;
}

std::string ScratchDir::names(std::string_view below) const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path(below))) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : " ") + name;
  return joined;
}

std::string as_nobody(const std::function<std::string()>& body) {
  if (::geteuid() != 0) return body();
  std::array<int, 2> ends;
  check(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
  const pid_t child = ::fork();
  check(child >= 0, "fork");
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    std::string wrong = "cannot become nobody";
    if (::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
        ::setresuid(nobody, nobody, nobody) == 0)
      wrong = body();
    const bool told = ::write(ends[1], wrong.data(), wrong.size()) == static_cast<ssize_t>(wrong.size());
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  std::string wrong;
  std::array<char, 512> buffer;
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    wrong.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  check(::waitpid(child, &status, 0) == child, "waitpid");
  return status == 0 ? wrong : wrong + " (the child died)";
}

std::string make_chain(const std::string& root, const std::string& name, int depth) {
  int at = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  check(at >= 0, "open");
  std::string path;
  for (int level = 0; level < depth; ++level) {
    check(::mkdirat(at, name.c_str(), 0755) == 0, "mkdir");
    const int next = ::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    check(next >= 0, "open");
    ::close(at);
    at = next;
    path += (path.empty() ? "" : "/") + name;
  }
  ::close(at);
  return path;
}

}  // namespace g5ksync::test
