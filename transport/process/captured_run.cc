#include "transport/process/captured_run.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace g5ksync::transport {
namespace {

constexpr std::size_t kMaxOut = 256 * 1024;
constexpr std::size_t kMaxErr = 4 * 1024;
constexpr base::Nanos kReapEvery = std::chrono::milliseconds(2);

}  // namespace

CapturedRun::CapturedRun(const base::Clock& clock, std::vector<std::string> argv, base::Nanos deadline)
    : clock_(clock), argv_(std::move(argv)), deadline_(deadline) {
  if (auto started = start(); !started) {
    over_ = true;
    result_ = base::Failure(std::move(started).error());
  }
}

base::Result<void> CapturedRun::start() {
  G5K_ASSIGN(Pipe out, make_pipe());
  G5K_ASSIGN(Pipe err, make_pipe());
  G5K_ASSIGN(child_, Child::start(argv_, -1, out.write_end.get(), err.write_end.get()));
  out_ = std::move(out.read_end);
  err_ = std::move(err.read_end);
  set_non_blocking(out_.get());
  set_non_blocking(err_.get());
  return {};
}

bool CapturedRun::drain(base::Fd& from, std::string& into, std::size_t capacity) {
  std::array<char, 8192> some;
  bool moved = false;
  while (from) {
    const ssize_t count = ::read(from.get(), some.data(), some.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
    moved = true;
    if (count <= 0)
      from.reset();
    else
      into.append(some.data(), std::min(static_cast<std::size_t>(count), capacity - into.size()));
  }
  return moved;
}

bool CapturedRun::pump() {
  if (over_) return false;
  bool moved = drain(out_, output_.out, kMaxOut);
  moved |= drain(err_, output_.err, kMaxErr);
  // A background process of its own may hold standard error open: only its output is waited for.
  if (const auto status = child_.exit_status(); !out_ && status) {
    output_.exit_status = *status;
    result_ = std::move(output_);
    over_ = true;
  } else if (clock_.now() >= deadline_) {
    result_ = base::fail(base::ErrorKind::timeout, argv_.front() + " did not finish in time");
    child_ = Child();
    over_ = true;
  }
  return moved || over_;
}

void CapturedRun::wait_for(std::vector<pollfd>& fds) const {
  if (out_) fds.push_back({out_.get(), POLLIN, 0});
  if (err_) fds.push_back({err_.get(), POLLIN, 0});
  if (child_.running() && child_.exit_fd() >= 0) fds.push_back({child_.exit_fd(), POLLIN, 0});
}

base::Nanos CapturedRun::next_deadline() const {
  if (over_) return base::Nanos::max();
  const bool must_ask = child_.running() && child_.exit_fd() < 0;
  return must_ask ? std::min(deadline_, clock_.now() + kReapEvery) : deadline_;
}

}  // namespace g5ksync::transport
