// relay: forwards TCP connections and counts their bytes. For measurements: what a program puts on the wire.
//
//   relay ADDRESS PORT        forwards to ADDRESS:PORT (IPv4). Prints its own port, on 127.0.0.1, as its first line.
//
// Each line on stdin is answered by one line, "TO_TARGET FROM_TARGET CONNECTIONS": payload bytes and connections since
// the start. It ends at the end of stdin. Bytes are spliced through pipes, so that they are not copied through this
// program and it costs the measured ones little: about one more hop inside the kernel.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kBatch = 1 << 20;

struct Totals {
  std::uint64_t to_target = 0, from_target = 0, connections = 0;
};

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "relay: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// One direction of a connection. It takes a batch from a socket into its pipe, and the next one when that is gone.
class Flow {
 public:
  Flow(int from, int to, std::uint64_t& total) : from_(from), to_(to), total_(total) {
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) die("pipe");
    out_ = Fd(ends[0]);
    in_ = Fd(ends[1]);
    (void)fcntl(in_.get(), F_SETPIPE_SZ, static_cast<int>(kBatch));
  }

  bool wants_input() const { return !ended_ && held_ == 0; }
  bool wants_output() const { return held_ > 0; }
  bool done() const { return ended_ && held_ == 0; }

  // Moves what can be moved now. False when either side broke.
  bool pump() {
    for (;;) {
      if (held_ == 0 && !ended_ && !take()) return errno == EAGAIN;
      while (held_ > 0)
        if (!give()) return errno == EAGAIN;
      if (ended_) return true;
    }
  }

 private:
  bool take() {
    ssize_t n = splice(from_, nullptr, in_.get(), nullptr, kBatch, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n < 0) return false;
    if (n == 0) {
      ended_ = true;
      shutdown(to_, SHUT_WR);
    }
    held_ = static_cast<std::size_t>(n);
    total_ += held_;
    return true;
  }
  bool give() {
    ssize_t n = splice(out_.get(), nullptr, to_, nullptr, held_, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n < 0) return false;
    held_ -= static_cast<std::size_t>(n);
    return true;
  }

  int from_, to_;
  std::uint64_t& total_;
  Fd in_, out_;
  std::size_t held_ = 0;
  bool ended_ = false;
};

class Connection {
 public:
  Connection(Fd client, Fd target, Totals& totals)
      : client_(std::move(client)),
        target_(std::move(target)),
        up_(client_.get(), target_.get(), totals.to_target),
        down_(target_.get(), client_.get(), totals.from_target) {}

  void ask(std::vector<pollfd>& polls) const {
    add(polls, client_.get(), up_, down_);
    add(polls, target_.get(), down_, up_);
  }
  // False when the connection is over.
  bool pump() { return up_.pump() && down_.pump() && !(up_.done() && down_.done()); }

 private:
  static void add(std::vector<pollfd>& polls, int fd, const Flow& reads, const Flow& writes) {
    int events = (reads.wants_input() ? POLLIN : 0) | (writes.wants_output() ? POLLOUT : 0);
    polls.push_back({events ? fd : -1, static_cast<short>(events), 0});
  }

  Fd client_, target_;
  Flow up_, down_;
};

Fd open_socket() {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) die("socket");
  return fd;
}

void tune(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(fd, F_SETFL, O_NONBLOCK);
}

Fd listen_on_loopback() {
  Fd fd = open_socket();
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof self;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&self), size) != 0 || listen(fd.get(), 64) != 0) die("listen");
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&self), &size) != 0) die("getsockname");
  std::printf("%u\n", static_cast<unsigned>(ntohs(self.sin_port)));
  std::fflush(stdout);
  return fd;
}

void accept_one(int listener, const sockaddr_in& target, std::list<Connection>& open, Totals& totals) {
  Fd client(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (client.get() < 0) return;
  Fd there = open_socket();
  if (connect(there.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) return;
  tune(client.get());
  tune(there.get());
  ++totals.connections;
  open.emplace_back(std::move(client), std::move(there), totals);
}

// Answers a request on stdin. False at its end.
bool answer(const Totals& totals) {
  char request[64];
  ssize_t n = read(STDIN_FILENO, request, sizeof request);
  if (n <= 0) return false;
  std::printf("%llu %llu %llu\n", static_cast<unsigned long long>(totals.to_target),
              static_cast<unsigned long long>(totals.from_target), static_cast<unsigned long long>(totals.connections));
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  sockaddr_in target{};
  target.sin_family = AF_INET;
  if (argc != 3 || inet_pton(AF_INET, argv[1], &target.sin_addr) != 1) {
    std::fprintf(stderr, "usage: relay ADDRESS PORT\n");
    return 2;
  }
  target.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  std::signal(SIGPIPE, SIG_IGN);
  Fd listener = listen_on_loopback();
  Totals totals;
  std::list<Connection> open;
  std::vector<pollfd> polls;
  for (;;) {
    polls.assign({{STDIN_FILENO, POLLIN, 0}, {listener.get(), POLLIN, 0}});
    for (const Connection& c : open) c.ask(polls);
    if (poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) die("poll");
    if (polls[0].revents && !answer(totals)) return 0;
    open.remove_if([](Connection& c) { return !c.pump(); });
    if (polls[1].revents) accept_one(listener.get(), target, open, totals);
  }
}
