// wanlink: a wide-area link between two network namespaces, in user space.
//
//   wanlink NS_A ADDRESS_A/LEN NS_B ADDRESS_B/LEN [--delay-ms D] [--rate-mbit-ab R] [--rate-mbit-ba R]
//           [--queue-kib Q] [--control FIFO] [--owner PID]
//
// It opens a TUN device `wan0` in each namespace and hands every packet read from one to the other, after the time
// that the link's rate takes to send it and a fixed delay of D ms one way (the round trip is 2 D). A packet that finds
// Q KiB waiting before it is dropped, as in a router's queue. This stands in for tc netem where the kernel has none.
// Segmentation offload is on, so that a packet may carry up to 64 KiB.
//
// Lines written to the control FIFO change the link while it runs:
//   cut | heal | delay MS | rate-ab MBIT | rate-ba MBIT | loss PERCENT          (a rate of 0: not limited)
// SIGUSR1 prints a line with the bytes and drops of each direction. It ends when process PID does.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Nanos = std::int64_t;

constexpr int kVnetHeader = 10;  // struct virtio_net_hdr, whose own header is not valid C++
constexpr std::size_t kLargestPacket = kVnetHeader + 65536 + 128;
constexpr int kPacketsPerTurn = 64;  // so that a busy direction does not starve the other one
constexpr double kNanosPerMilli = 1e6;
constexpr double kBitNanosPerMbit = 8e3;  // bytes · this / (Mbit/s) = nanoseconds

volatile sig_atomic_t report_wanted = 0;

Nanos now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "wanlink: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

// What an operator sets, and may change while the link runs.
struct Conditions {
  double delay_ms = 0;
  double loss_percent = 0;
  double mbit_ab = 0, mbit_ba = 0;  // 0: not limited
  bool cut = false;
};

struct Options {
  std::string ns_a, address_a, ns_b, address_b, control;
  std::uint64_t queue_bytes = 1 << 20;
  int owner = 0;  // 0: none
  Conditions conditions;
};

// One direction of the link: packets in flight, in the order of their arrival times.
class Direction {
 public:
  Direction(int from, int to, const double& mbit, const Options& options, const Conditions& conditions)
      : from_(from),
        to_(to),
        mbit_(mbit),
        queue_bytes_(static_cast<double>(options.queue_bytes)),
        now_is_(conditions) {}

  // Takes packets that wait at the near end and gives each its time of arrival, or drops it.
  void take(std::mt19937& random) {
    for (int i = 0; i < kPacketsPerTurn; ++i) {
      ssize_t n = read(from_, buffer_.data(), buffer_.size());
      if (n <= 0) return;
      if (now_is_.cut || lost(random) || !schedule(static_cast<std::size_t>(n))) ++dropped_;
    }
  }
  // Hands over the packets that have arrived.
  void deliver() {
    Nanos t = now();
    while (!flight_.empty() && flight_.front().due <= t) {
      const std::vector<char>& bytes = flight_.front().bytes;
      if (!now_is_.cut && write(to_, bytes.data(), bytes.size()) < 0 && errno == EAGAIN) return;
      flight_.pop_front();
    }
  }
  Nanos next_due() const { return flight_.empty() ? INT64_MAX : flight_.front().due; }
  unsigned long long bytes() const { return bytes_; }
  unsigned long long dropped() const { return dropped_; }

 private:
  struct Packet {
    Nanos due;
    std::vector<char> bytes;
  };

  bool lost(std::mt19937& random) const {
    return now_is_.loss_percent > 0 && std::uniform_real_distribution<>(0, 100)(random) < now_is_.loss_percent;
  }
  // False when the queue is full. The sender is idle again at idle_at_; what is queued now is what it sends till then.
  bool schedule(std::size_t n) {
    Nanos t = now();
    Nanos start = std::max(t, idle_at_);
    Nanos sending = 0;
    if (mbit_ > 0) {
      if (static_cast<double>(start - t) * mbit_ / kBitNanosPerMbit > queue_bytes_) return false;
      sending = static_cast<Nanos>(static_cast<double>(n) * kBitNanosPerMbit / mbit_);
    }
    idle_at_ = start + sending;
    bytes_ += n;
    Nanos delay = static_cast<Nanos>(now_is_.delay_ms * kNanosPerMilli);
    flight_.push_back({idle_at_ + delay, {buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(n)}});
    return true;
  }

  int from_, to_;
  const double& mbit_;
  double queue_bytes_;
  const Conditions& now_is_;
  Nanos idle_at_ = 0;
  std::deque<Packet> flight_;
  std::vector<char> buffer_ = std::vector<char>(kLargestPacket);
  unsigned long long bytes_ = 0, dropped_ = 0;
};

// ---- set-up -----------------------------------------------------------------------------------------------

int open_tun() {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) die("open /dev/net/tun");
  ifreq request{};
  std::strcpy(request.ifr_name, "wan0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(fd, TUNSETIFF, &request) != 0) die("TUNSETIFF");
  int header = kVnetHeader;
  if (ioctl(fd, TUNSETVNETHDRSZ, &header) != 0) die("TUNSETVNETHDRSZ");
  ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4);
  return fd;
}

int open_tun_in(const std::string& ns, const std::string& address) {
  int self = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  int target = open(("/run/netns/" + ns).c_str(), O_RDONLY | O_CLOEXEC);
  if (self < 0 || target < 0 || setns(target, CLONE_NEWNET) != 0) die("enter namespace " + ns);
  int fd = open_tun();
  std::string command = "ip addr add " + address + " dev wan0 && ip link set wan0 mtu 1500 txqueuelen 1000 up";
  if (std::system(command.c_str()) != 0) die("configure wan0 in " + ns);
  if (setns(self, CLONE_NEWNET) != 0) die("leave namespace " + ns);
  close(self);
  close(target);
  return fd;
}

int open_control(const std::string& path) {
  if (path.empty()) return -1;
  if (mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) die("mkfifo " + path);
  int fd = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);  // RDWR: no end of file when a writer leaves
  if (fd < 0) die("open " + path);
  return fd;
}

// A descriptor that becomes readable when the process ends; -1 for none.
int watch(int pid) {
  if (pid <= 0) return -1;
  int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) die("watch process " + std::to_string(pid));
  return fd;
}

// ---- running ----------------------------------------------------------------------------------------------

void obey(const std::string& line, Conditions& conditions) {
  std::istringstream in(line);
  std::string verb;
  double value = 0;
  in >> verb >> value;
  if (verb == "cut")
    conditions.cut = true;
  else if (verb == "heal")
    conditions.cut = false;
  else if (verb == "delay")
    conditions.delay_ms = value;
  else if (verb == "rate-ab")
    conditions.mbit_ab = value;
  else if (verb == "rate-ba")
    conditions.mbit_ba = value;
  else if (verb == "loss")
    conditions.loss_percent = value;
  else
    std::fprintf(stderr, "wanlink: no such order: %s\n", line.c_str());
}

void read_orders(int control, Conditions& conditions) {
  std::array<char, 4096> text{};
  ssize_t n = read(control, text.data(), text.size());
  if (n <= 0) return;
  std::istringstream lines(std::string(text.data(), static_cast<std::size_t>(n)));
  for (std::string line; std::getline(lines, line);) obey(line, conditions);
}

void report(const Direction& ab, const Direction& ba) {
  report_wanted = 0;
  std::printf("ab_bytes %llu ba_bytes %llu ab_dropped %llu ba_dropped %llu\n", ab.bytes(), ba.bytes(), ab.dropped(),
              ba.dropped());
  std::fflush(stdout);
}

void set_timer(int timer, Nanos due) {
  itimerspec when{};
  if (due != INT64_MAX) {
    Nanos wait = std::max<Nanos>(due - now(), 1);
    when.it_value.tv_sec = wait / 1'000'000'000;
    when.it_value.tv_nsec = wait % 1'000'000'000;
  }
  timerfd_settime(timer, 0, &when, nullptr);
}

void run(const Options& options, int a, int b, int control, int owner) {
  Conditions conditions = options.conditions;
  Direction ab(a, b, conditions.mbit_ab, options, conditions);
  Direction ba(b, a, conditions.mbit_ba, options, conditions);
  std::mt19937 random(1);  // the same losses in each run
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  for (;;) {
    set_timer(timer, std::min(ab.next_due(), ba.next_due()));
    std::array<pollfd, 5> fds{
        {{a, POLLIN, 0}, {b, POLLIN, 0}, {timer, POLLIN, 0}, {control, POLLIN, 0}, {owner, POLLIN, 0}}};
    poll(fds.data(), fds.size(), -1);
    if (fds[4].revents || ((fds[0].revents | fds[1].revents) & (POLLERR | POLLHUP))) return;  // owner or device is gone
    std::uint64_t expirations = 0;
    if (fds[2].revents) (void)!read(timer, &expirations, sizeof expirations);
    if (fds[3].revents & POLLIN) read_orders(control, conditions);
    if (report_wanted) report(ab, ba);
    ab.take(random);
    ba.take(random);
    ab.deliver();
    ba.deliver();
  }
}

// False on a wrong command line.
bool parse(int argc, char** argv, Options& options) {
  if (argc < 5 || argc % 2 == 0) return false;
  options.ns_a = argv[1], options.address_a = argv[2], options.ns_b = argv[3], options.address_b = argv[4];
  for (int i = 5; i < argc; i += 2) {
    std::string key = argv[i], value = argv[i + 1];
    if (key == "--delay-ms")
      options.conditions.delay_ms = std::stod(value);
    else if (key == "--rate-mbit-ab")
      options.conditions.mbit_ab = std::stod(value);
    else if (key == "--rate-mbit-ba")
      options.conditions.mbit_ba = std::stod(value);
    else if (key == "--queue-kib")
      options.queue_bytes = std::stoull(value) << 10;
    else if (key == "--control")
      options.control = value;
    else if (key == "--owner")
      options.owner = std::stoi(value);
    else
      return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fprintf(stderr, "wanlink: wrong arguments; the head of wanlink.cc is the manual\n");
    return 2;
  }
  signal(SIGUSR1, [](int) { report_wanted = 1; });
  int owner = watch(options.owner);
  int a = open_tun_in(options.ns_a, options.address_a);
  int b = open_tun_in(options.ns_b, options.address_b);
  run(options, a, b, open_control(options.control), owner);
}
