#include "transport/loop.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

namespace g5ksync::transport {
namespace {

// Pumping stops after so many rounds even if bytes still move, so that the caller gets its turn.
constexpr int kPumpRounds = 8;

int poll_timeout(base::Nanos wait) {
  if (wait <= base::Nanos::zero()) return 0;
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(std::min<base::Nanos>(wait, std::chrono::hours(1)));
  return static_cast<int>(millis.count());
}

}  // namespace

Loop::Loop(const base::Clock& clock) : clock_(clock), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  wake_errno_ = wake_ ? 0 : errno;
}

void Loop::add(Driver& driver) { drivers_.push_back(&driver); }

void Loop::remove(Driver& driver) {
  // A driver may go while drivers are being pumped: its place is swept later.
  std::replace(drivers_.begin(), drivers_.end(), &driver, static_cast<Driver*>(nullptr));
}

bool Loop::pump_all() {
  bool moved = true;
  for (int round = 0; round < kPumpRounds && moved; ++round) {
    moved = false;
    for (std::size_t i = 0; i < drivers_.size(); ++i)  // may grow meanwhile
      if (drivers_[i] != nullptr && drivers_[i]->pump()) moved = true;
    moved_ |= moved;
  }
  std::erase(drivers_, nullptr);
  return moved;
}

base::Result<void> Loop::turn(base::Nanos at_most) {
  if (!wake_) return base::fail_errno(wake_errno_, "no descriptor for the poll loop");
  moved_ = false;
  pump_all();
  base::Nanos wait = moved_ ? base::Nanos::zero() : at_most;
  std::vector<pollfd> fds{{wake_.get(), POLLIN, 0}};
  for (const Driver* driver : drivers_) {
    driver->wait_for(fds);
    const base::Nanos deadline = driver->next_deadline();
    if (deadline != base::Nanos::max()) wait = std::min(wait, deadline - clock_.now());
  }
  const int ready = ::poll(fds.data(), fds.size(), poll_timeout(wait));
  if (ready < 0 && errno != EINTR) return base::fail_errno(errno, "poll");
  if (ready > 0 && fds.front().revents != 0) {
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
  }
  ++turns_;
  pump_all();
  return {};
}

void Loop::wake() noexcept {
  const int saved = errno;  // may be called from a signal handler
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  errno = saved;
}

}  // namespace g5ksync::transport
