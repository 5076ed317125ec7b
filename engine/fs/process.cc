#include "engine/fs/process.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

namespace g5ksync::fs {
namespace {

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string word_or_dash(std::string word) {
  std::erase_if(word, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
  return word.empty() ? "-" : word;
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  return code == std::errc() && end == text.data() + text.size();
}

struct ProcStat {
  char state = '?';
  std::uint64_t start_time = 0;
};

/// /proc/PID/stat: "pid (command) state ppid …", the start time is field 22; the command may hold blanks and ')'.
std::optional<ProcStat> read_proc_stat(const std::string& pid) {
  const std::string text = contents("/proc/" + pid + "/stat");
  const std::size_t command_end = text.rfind(')');
  if (command_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(command_end + 1));
  ProcStat stat;
  std::string field;
  fields >> stat.state;
  for (int number = 4; number <= 22 && fields >> field; ++number) {
  }
  if (!fields || !read_number(field, stat.start_time)) return std::nullopt;
  return stat;
}

}  // namespace

std::string ProcessIdentity::line() const {
  std::ostringstream out;
  out << hostname << ' ' << boot_id << ' ' << pid_namespace << ' ' << pid << ' ' << start_time << '\n';
  return out.str();
}

std::optional<ProcessIdentity> ProcessIdentity::parse(std::string_view line) {
  if (line.empty() || line.back() != '\n') return std::nullopt;  // cut short
  std::istringstream in{std::string(line.substr(0, line.size() - 1))};
  ProcessIdentity id;
  std::string name_space, pid, start, more;
  in >> id.hostname >> id.boot_id >> name_space >> pid >> start;
  const bool whole = !in.fail() && !(in >> more);
  if (!whole || !read_number(name_space, id.pid_namespace) || !read_number(pid, id.pid) ||
      !read_number(start, id.start_time) || id.pid <= 0)
    return std::nullopt;
  return id;
}

ProcessIdentity ProcessIdentity::of_this_process() {
  ProcessIdentity id;
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  id.hostname = word_or_dash(name.data());
  id.boot_id = word_or_dash(contents("/proc/sys/kernel/random/boot_id"));
  struct stat pid_namespace;
  if (::stat("/proc/self/ns/pid", &pid_namespace) == 0) id.pid_namespace = pid_namespace.st_ino;
  id.pid = ::getpid();
  if (const auto stat = read_proc_stat("self")) id.start_time = stat->start_time;
  return id;
}

bool ProcessIdentity::same_machine(const ProcessIdentity& other) const {
  const bool known = boot_id != "-" && pid_namespace != 0;
  return known && hostname == other.hostname && boot_id == other.boot_id && pid_namespace == other.pid_namespace;
}

Running is_running(const ProcessIdentity& process) {
  if (::kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return Running::no;
  const auto stat = read_proc_stat(std::to_string(process.pid));
  if (!stat) return Running::unknown;
  const bool ended = stat->state == 'Z' || stat->state == 'X';
  return ended || stat->start_time != process.start_time ? Running::no : Running::yes;
}

}  // namespace g5ksync::fs
