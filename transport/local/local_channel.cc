#include "transport/local/local_channel.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <optional>

#include "transport/process/child.h"
#include "transport/stderr_buffer.h"

namespace g5ksync::transport {
namespace {

constexpr int kPipeBytes = 1 << 20;
constexpr base::Nanos kReapEvery = std::chrono::milliseconds(10);  // only where there is no pidfd

bool is_ready(int fd, short events) {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, 0) > 0;
}

class LocalChannel final : public Channel, private Driver {
 public:
  LocalChannel(Loop& loop, const std::string& command) : loop_(loop) {
    loop_.add(*this);
    if (auto started = start(command); !started) {
      state_ = ChannelState::failed;
      error_ = std::move(started).error();
    }
  }
  ~LocalChannel() override {
    loop_.remove(*this);
    in_.reset();
    out_.reset();
    err_.reset();
  }
  LocalChannel(const LocalChannel&) = delete;
  LocalChannel& operator=(const LocalChannel&) = delete;

  ChannelState state() const override { return state_; }
  const base::Error& error() const override { return error_; }
  std::string phase() const override { return {}; }
  std::size_t read(std::span<std::byte> into) override;
  std::size_t write(std::span<const std::byte> from) override;
  std::size_t unsent() const override { return 0; }
  void close_write() override { in_.reset(); }
  std::string take_stderr() override {
    drain_stderr();
    return stderr_.take();
  }
  std::optional<int> exit_status() const override { return status_; }

 private:
  base::Result<void> start(const std::string& command);
  bool drain_stderr();
  bool note_exit();

  void wait_for(std::vector<pollfd>& fds) const override;
  base::Nanos next_deadline() const override;
  bool pump() override;

  Loop& loop_;
  ChannelState state_ = ChannelState::open;
  base::Error error_;
  Child child_;
  base::Fd in_, out_, err_;
  bool readable_ = false;    // out_ has bytes that read() has not fetched: polling it would spin
  bool wants_room_ = false;  // write() found the pipe full
  std::optional<int> status_;
  StderrBuffer stderr_;
};

base::Result<void> LocalChannel::start(const std::string& command) {
  G5K_ASSIGN(Pipe in, make_pipe());
  G5K_ASSIGN(Pipe out, make_pipe());
  G5K_ASSIGN(Pipe err, make_pipe());
  for (const int fd : {in.write_end.get(), out.write_end.get()}) ::fcntl(fd, F_SETPIPE_SZ, kPipeBytes);
  G5K_ASSIGN(child_, Child::start({"/bin/sh", "-c", command}, in.read_end.get(), out.write_end.get(),
                                  err.write_end.get(), ProcessGroup::own));
  in_ = std::move(in.write_end);
  out_ = std::move(out.read_end);
  err_ = std::move(err.read_end);
  for (const int fd : {in_.get(), out_.get(), err_.get()}) set_non_blocking(fd);
  return {};
}

std::size_t LocalChannel::read(std::span<std::byte> into) {
  if (!out_ || into.empty()) return 0;
  const ssize_t count = ::read(out_.get(), into.data(), into.size());
  if (count > 0) return static_cast<std::size_t>(count);
  readable_ = false;
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    out_.reset();
    state_ = ChannelState::ended;
  }
  return 0;
}

std::size_t LocalChannel::write(std::span<const std::byte> from) {
  if (!in_ || from.empty()) return 0;
  const ssize_t count = ::write(in_.get(), from.data(), from.size());
  if (count == static_cast<ssize_t>(from.size())) return from.size();
  if (count < 0 && errno != EAGAIN && errno != EINTR) {
    in_.reset();  // the command reads no more; how it ended shows on its output and status
    return 0;
  }
  wants_room_ = true;
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool LocalChannel::drain_stderr() {
  std::array<char, 16 * 1024> some;
  bool moved = false;
  while (err_) {
    const ssize_t count = ::read(err_.get(), some.data(), some.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
    moved = true;
    if (count <= 0)
      err_.reset();
    else
      stderr_.append({some.data(), static_cast<std::size_t>(count)});
  }
  return moved;
}

bool LocalChannel::note_exit() {
  if (status_) return false;
  status_ = child_.exit_status();
  return status_.has_value();
}

void LocalChannel::wait_for(std::vector<pollfd>& fds) const {
  if (out_ && !readable_) fds.push_back({out_.get(), POLLIN, 0});
  if (err_) fds.push_back({err_.get(), POLLIN, 0});
  if (in_ && wants_room_) fds.push_back({in_.get(), POLLOUT, 0});
  if (child_.running() && child_.exit_fd() >= 0) fds.push_back({child_.exit_fd(), POLLIN, 0});
}

base::Nanos LocalChannel::next_deadline() const {
  const bool must_ask = child_.running() && child_.exit_fd() < 0;
  return must_ask ? loop_.clock().now() + kReapEvery : base::Nanos::max();
}

bool LocalChannel::pump() {
  bool moved = drain_stderr();
  moved |= note_exit();
  if (out_ && !readable_ && is_ready(out_.get(), POLLIN)) moved = readable_ = true;
  if (in_ && wants_room_ && is_ready(in_.get(), POLLOUT)) {
    wants_room_ = false;
    moved = true;
  }
  return moved;
}

}  // namespace

std::unique_ptr<Channel> start_local_command(Loop& loop, const std::string& command) {
  return std::make_unique<LocalChannel>(loop, command);
}

}  // namespace g5ksync::transport
