// meter: runs a command and appends what it cost to a file.
//
//   meter FILE COMMAND ARGUMENT…
//
// One line: "WALL USER SYSTEM PEAK_KIB EXIT": seconds of wall time until the command ended, CPU seconds of it and of
// all that it started, the peak resident set of the largest of these processes, and the command's exit code (128 + n
// for signal n), which is also meter's own. It waits for all of them; those whose parent died are reaped here too
// (child subreaper), so none is missed. meter is small and static on purpose: a process inherits the peak of what
// exec'ed it.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <initializer_list>

namespace {

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

struct Ending {
  double at = 0;
  int code = 0;
};

// Waits until no descendant is left. How `command` ended.
Ending reap_all(pid_t command) {
  Ending ending;
  int status = 0;
  for (;;) {
    pid_t pid = wait(&status);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return ending;
    if (pid == command) ending = {now(), WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)};
  }
}

void append_line(const char* path, double wall, int code) {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  char line[160];
  int n = std::snprintf(line, sizeof line, "%.3f %.3f %.3f %ld %d\n", wall, seconds(used.ru_utime),
                        seconds(used.ru_stime), used.ru_maxrss, code);
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, line, static_cast<size_t>(n)) != n) std::perror("meter");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: meter FILE COMMAND ARGUMENT...\n");
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  double start = now();
  pid_t command = fork();
  if (command < 0) {
    std::perror("meter");
    return 1;
  }
  if (command == 0) {
    execvp(argv[2], argv + 2);
    std::fprintf(stderr, "meter: %s: %s\n", argv[2], std::strerror(errno));
    _exit(127);
  }
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);
  close(STDIN_FILENO);  // so that nobody waits for an end of stdin or of output that only meter keeps away
  close(STDOUT_FILENO);
  Ending ending = reap_all(command);
  append_line(argv[1], ending.at - start, ending.code);
  return ending.code;
}
