#include "app/agent/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "app/agent/digests.h"
#include "app/agent/disk.h"
#include "engine/base/clock.h"
#include "engine/base/fd.h"
#include "engine/exec/threads.h"
#include "proto/session/replica_session.h"

namespace g5ksync::app {
namespace {

using base::Nanos;
using proto::ReplicaSession;
using std::chrono::seconds;

constexpr Nanos kHandshakeLimit = seconds(60);  // before Start says how long silence may last
constexpr Nanos kLeaseEvery = seconds(60);
constexpr Nanos kDiskPatience = seconds(120);  // with a disk that does nothing at all
constexpr unsigned kLastResort = 10;           // seconds after which a stuck disk cannot keep the process

volatile std::sig_atomic_t g_signalled = 0;

proto::Hello hello_of_this_host() {
  proto::Hello hello;
  hello.program = G5KSYNC_VERSION;
  utsname names;
  if (::uname(&names) == 0) hello.host_name = names.nodename;
  hello.uid = ::getuid();
  return hello;
}

std::string home() {
  const char* home = std::getenv("HOME");
  return home ? home : "";
}

/// Results on their way from the workers to the loop.
class Mailbox {
 public:
  Mailbox() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  void put(proto::DiskResult result) {
    {
      const std::scoped_lock lock(mutex_);
      results_.push_back(std::move(result));
    }
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  }
  std::vector<proto::DiskResult> take() {
    std::uint64_t count = 0;
    (void)!::read(wake_.get(), &count, sizeof count);
    const std::scoped_lock lock(mutex_);
    return std::exchange(results_, {});
  }
  int fd() const { return wake_.get(); }

 private:
  base::Fd wake_;
  std::mutex mutex_;
  std::vector<proto::DiskResult> results_;
};

class Agent {
 public:
  explicit Agent(const AgentStreams& streams) : streams_(streams), session_(hello_of_this_host()) {}

  int run() {
    heard_ = clock_.now();
    while (!over()) {
      give_out_work();
      session_.tick(clock_.now());
      if (!write_some()) break;
      if (over()) break;
      wait();
      if (!read_some()) break;
      for (proto::DiskResult& result : mailbox_.take()) {
        --jobs_;
        destination_->stepped();
        update_usage();
        session_.done(std::move(result));
      }
      watch_time();
    }
    ::alarm(kLastResort);
    if (disk_) disk_->cancel();
    if (scan_) scan_->cancel();
    executor_.reset();  // running jobs end
    if (disk_) disk_->stop_early();
    disk_.reset();
    destination_.reset();
    return session_.state() == ReplicaSession::State::over && orderly_ ? 0 : 1;
  }

 private:
  bool over() {
    if (session_.state() != ReplicaSession::State::over || !session_.out().empty()) return false;
    orderly_ = true;
    return true;
  }

  void give_out_work() {
    if (session_.state() == ReplicaSession::State::opening) open_destination();
    while (auto job = session_.next_job()) {
      ++jobs_;
      if (const auto* digests = std::get_if<proto::DigestJob>(&*job)) {
        const auto give = [this](proto::DiskResult result) { mailbox_.put(std::move(result)); };
        scan_ = start_digests(*destination_, *executor_, *digests, give);
        continue;
      }
      auto shared = std::make_shared<proto::DiskJob>(std::move(*job));
      executor_->submit([this, shared] { mailbox_.put(disk_->run(std::move(*shared))); });
    }
  }

  void open_destination() {
    const proto::Start& start = *session_.start();
    silence_limit_ = std::chrono::milliseconds(start.silence_limit_ms);
    auto opened = Destination::open(start, home());
    if (!opened) return session_.fail(std::move(opened).error());
    destination_ = std::move(*opened);
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    const unsigned threads = start.threads > 0 ? start.threads : std::clamp(cores * 2, 4u, 8u);
    executor_ = std::make_unique<exec::ThreadExecutor>(static_cast<int>(std::min(threads, 64u)));
    disk_ = std::make_unique<Disk>(*destination_, executor_.get());
    proto::Ready ready;
    ready.time_unit = destination_->time_unit();
    ready.umask = destination_->umask();
    ready.made_destination = destination_->made_root();
    ready.sets_owner = destination_->accounts().sets_owner();
    ready.sets_group = destination_->accounts().sets_any_group();
    session_.begin(ready, destination_->empty() ? ReplicaSession::Listings::all : ReplicaSession::Listings::by_digest);
    leased_ = clock_.now();
  }

  /// False when the origin cannot hear us any more.
  bool write_some() {
    for (;;) {
      const base::ByteView bytes = session_.out().front();
      if (bytes.empty()) return true;
      const ssize_t count = ::write(streams_.out, bytes.data(), bytes.size());
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      session_.out().consume(static_cast<std::size_t>(count));
    }
  }

  void wait() {
    pollfd fds[] = {{streams_.in, POLLIN, 0},
                    {mailbox_.fd(), POLLIN, 0},
                    {streams_.out, static_cast<short>(session_.out().empty() ? 0 : POLLOUT), 0}};
    constexpr int kTickMs = 200;
    if (::poll(fds, 3, kTickMs) < 0) fds[0].revents = fds[2].revents = 0;
    readable_ = (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    gone_ = (fds[2].revents & POLLERR) != 0;
  }

  /// False when the conversation cannot go on.
  bool read_some() {
    if (gone_) return false;
    if (!readable_) return true;
    const std::span<std::byte> space = decoder_.space();
    const ssize_t count = ::read(streams_.in, space.data(), space.size());
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    heard_ = clock_.now();
    decoder_.commit(static_cast<std::size_t>(count));
    for (;;) {
      auto frame = decoder_.next();
      base::Result<void> received;
      if (frame && !*frame) return true;
      received = frame ? session_.receive(**frame) : base::Result<void>(base::Failure(frame.error()));
      if (!received) {
        session_.fail(received.error());
        return true;
      }
    }
  }

  /// The workers cannot be asked while a call of theirs hangs.
  void watch_disk(Nanos now) {
    const std::uint64_t steps = destination_ ? destination_->steps() : 0;
    if (jobs_ == 0 || steps != steps_) {
      steps_ = steps;
      stepped_ = now;
    } else if (now - stepped_ > kDiskPatience) {
      session_.fail({base::ErrorKind::timeout, 0, "the disk there has done nothing for two minutes"});
    }
  }

  void watch_time() {
    const Nanos now = clock_.now();
    watch_disk(now);
    if (g_signalled != 0) session_.fail({base::ErrorKind::interrupted, 0, "the agent was told to stop by a signal"});
    if (now - heard_ > silence_limit_) session_.fail({base::ErrorKind::timeout, 0, "the origin fell silent"});
    if (destination_ && now - leased_ > kLeaseEvery) {
      destination_->renew_lease();
      leased_ = now;
    }
    // A farewell that nobody reads must not keep us.
    if (session_.state() == ReplicaSession::State::over) {
      if (!leaving_since_) leaving_since_ = now;
      if (now - *leaving_since_ > seconds(2)) session_.out().drop_unbegun(), gone_ = true;
    }
  }

  void update_usage() {
    rusage usage;
    if (::getrusage(RUSAGE_SELF, &usage) != 0) return;
    const auto micros = [](const timeval& time) {
      return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
    };
    session_.set_usage(static_cast<std::uint64_t>(usage.ru_maxrss) * 1024,
                       micros(usage.ru_utime) + micros(usage.ru_stime));
  }

  const AgentStreams streams_;
  base::SystemClock clock_;
  ReplicaSession session_;
  proto::FrameDecoder decoder_;
  Mailbox mailbox_;
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<exec::ThreadExecutor> executor_;
  std::unique_ptr<tree::Scan> scan_;
  Nanos heard_{0}, leased_{0}, stepped_{0}, silence_limit_ = kHandshakeLimit;
  std::uint64_t jobs_ = 0, steps_ = 0;  // jobs with the workers; the disk's steps when it last did something
  std::optional<Nanos> leaving_since_;
  bool readable_ = false, gone_ = false, orderly_ = false;
};

}  // namespace

int serve(const AgentStreams& streams) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const int number : {SIGTERM, SIGHUP, SIGINT}) std::signal(number, [](int) { g_signalled = 1; });
  for (const int fd : {streams.in, streams.out}) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return Agent(streams).run();
}

}  // namespace g5ksync::app
