// A program started by us: its pipes are close-on-exec, it is reaped, and it never outlives its owner.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace g5ksync::transport {

/// own: a process group of its own, which is ended as a whole; Ctrl-C at the terminal does not reach it.
enum class ProcessGroup { ours, own };

class Child {
 public:
  /// Starts argv[0] (looked up in PATH) with these descriptors as standard input, output and error (borrowed; -1 gives
  /// /dev/null). No other descriptor of ours is passed on as long as all are close-on-exec.
  static base::Result<Child> start(const std::vector<std::string>& argv, int in, int out, int err,
                                   ProcessGroup group = ProcessGroup::ours);

  Child() = default;
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  /// Ends a child that still runs: SIGTERM, SIGKILL after 200 ms; waits for at most about a second in all.
  ~Child();

  bool running() const { return pid_ > 0; }
  /// 128 + signal or the exit code once it has ended. Does not wait.
  std::optional<int> exit_status();
  /// Readable once the child has ended; -1 where the kernel has no pidfd (poll exit_status() then).
  int exit_fd() const { return pidfd_.get(); }

 private:
  void end();
  void signal(int number) const;

  pid_t pid_ = -1;
  ProcessGroup group_ = ProcessGroup::ours;
  base::Fd pidfd_;
  std::optional<int> status_;
};

struct Pipe {
  base::Fd read_end, write_end;
};
/// Both ends close-on-exec; neither is non-blocking.
base::Result<Pipe> make_pipe();
void set_non_blocking(int fd);

/// A write to a pipe whose reader has gone must be an error value, not the end of the program: sets SIGPIPE to be
/// ignored unless the program has set a handler. Children get the default back.
void ignore_broken_pipes();

}  // namespace g5ksync::transport
