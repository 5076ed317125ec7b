// meter: runs a command and appends what it cost to a file.
//
//   meter FILE COMMAND ARGUMENT…
//
// One line: "WALL USER SYSTEM PEAK_KIB EXIT": seconds of wall time until the command ended, CPU seconds of it and of
// all that it started, the peak resident set of the largest of these processes, and the command's exit code (128 + n
// for signal n), which is also meter's own. It waits for all of them; those whose parent died are reaped here too
// (child subreaper), so none is missed. meter is small and static on purpose: a process inherits the peak of what
// exec'ed it.
//
// The process that was started only passes the exit code on; a child that nobody waits for does the work, so that
// these CPU seconds are in the file and never in the account of whoever started meter (a server may or may not wait).
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

// Starts the command, waits for all, writes the line. Then the command's exit code goes to `answer`.
void measure(char** arguments, int answer) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const double start = now();
  const pid_t command = fork();
  if (command < 0) {
    std::perror("meter");
    return;
  }
  if (command == 0) {
    close(answer);
    execvp(arguments[2], arguments + 2);
    std::fprintf(stderr, "meter: %s: %s\n", arguments[2], std::strerror(errno));
    _exit(127);
  }
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);
  close(STDIN_FILENO);  // so that nobody waits for an end of stdin or of output that only meter keeps away
  close(STDOUT_FILENO);
  const Ending ending = reap_all(command);
  append_line(arguments[1], ending.at - start, ending.code);
  const auto code = static_cast<unsigned char>(ending.code);
  if (write(answer, &code, 1) != 1) std::perror("meter");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: meter FILE COMMAND ARGUMENT...\n");
    return 2;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    std::perror("meter");
    return 1;
  }
  const pid_t worker = fork();
  if (worker < 0) {
    std::perror("meter");
    return 1;
  }
  if (worker == 0) {
    close(ends[0]);
    measure(argv, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  unsigned char code = 1;
  while (read(ends[0], &code, 1) < 0 && errno == EINTR) {
  }
  return code;
}
