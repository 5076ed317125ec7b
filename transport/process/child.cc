#include "transport/process/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>

extern char** environ;

namespace g5ksync::transport {
namespace {

int exit_code(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  void connect(int fd, int as) {
    if (fd < 0)
      posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", O_RDWR, 0);
    else
      posix_spawn_file_actions_adddup2(&actions_, fd, as);
  }
  void signals_and_group(ProcessGroup group) {
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) sigaddset(&defaults, number);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (group == ProcessGroup::own) flags = static_cast<short>(flags | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setflags(&attributes_, flags);
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

base::Result<Child> Child::start(const std::vector<std::string>& argv, int in, int out, int err, ProcessGroup group) {
  SpawnSettings settings;
  settings.connect(in, STDIN_FILENO);
  settings.connect(out, STDOUT_FILENO);
  settings.connect(err, STDERR_FILENO);
  settings.signals_and_group(group);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  Child child;
  child.group_ = group;
  const int failure =
      ::posix_spawnp(&child.pid_, words[0], settings.actions(), settings.attributes(), words.data(), environ);
  if (failure != 0) {
    child.pid_ = -1;
    return base::fail_errno(failure, "starting " + argv.front());
  }
#ifdef SYS_pidfd_open
  child.pidfd_ = base::Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));  // close-on-exec by itself
#endif
  return child;
}

Child::Child(Child&& other) noexcept { *this = std::move(other); }

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = std::exchange(other.pid_, -1);
  group_ = other.group_;
  pidfd_ = std::move(other.pidfd_);
  status_ = other.status_;
  return *this;
}

Child::~Child() { end(); }

std::optional<int> Child::exit_status() {
  int wait_status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &wait_status, WNOHANG) == pid_) {
    status_ = exit_code(wait_status);
    pid_ = -1;
  }
  return status_;
}

void Child::signal(int number) const { ::kill(group_ == ProcessGroup::own ? -pid_ : pid_, number); }

void Child::end() {
  constexpr int kStepMs = 5;
  for (const int number : {SIGTERM, SIGKILL}) {
    if (pid_ <= 0) break;
    signal(number);
    const int patience = number == SIGTERM ? 200 : 1000;
    for (int waited = 0; !exit_status() && waited < patience; waited += kStepMs) {
      pollfd ended{pidfd_.get(), POLLIN, 0};  // without a pidfd, only time passes
      ::poll(&ended, 1, kStepMs);
    }
  }
  pid_ = -1;
  pidfd_.reset();
}

base::Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno(errno, "making a pipe");
  return Pipe{base::Fd(ends[0]), base::Fd(ends[1])};
}

void set_non_blocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

void ignore_broken_pipes() {
  struct sigaction action {};
  if (::sigaction(SIGPIPE, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return;
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

}  // namespace g5ksync::transport
