#include "app/origin/site_check.h"

#include <algorithm>
#include <array>

#include "app/deploy/deploy.h"

namespace g5ksync::app {
namespace {

using transport::ChannelState;

constexpr const char* kCommand = "exec sh -c 'echo G5KSYNC-READY'";
constexpr std::string_view kAnswer = "G5KSYNC-READY\n";
constexpr base::Nanos kTurn = std::chrono::milliseconds(100);
constexpr std::size_t kMostNoise = std::size_t{1} << 20;

/// One target being tried.
class Attempt {
 public:
  Attempt(Target target, transport::Dialer& dialer, base::Nanos now)
      : channel_(dialer.start(target.ssh_name, kCommand)), started_(now) {
    check_.target = std::move(target);
  }
  bool over() const { return channel_ == nullptr; }
  SiteCheck&& result() { return std::move(check_); }

  void turn(base::Nanos now) {
    std::array<std::byte, 4096> buffer;
    while (const std::size_t count = channel_->read(buffer)) {
      heard_ += base::text_of(base::ByteView(buffer).first(count));
      if (heard_.size() > kMostNoise)
        return end(now, base::Error{base::ErrorKind::deploy, 0, "the login shell prints without end"});
    }
    const std::string words = last_line(channel_->take_stderr());
    if (!words.empty()) stderr_ = words;
    if (heard_.find(kAnswer) != std::string::npos) return end(now, std::nullopt);
    if (channel_->state() == ChannelState::failed) return end(now, channel_->error());
    if (channel_->state() != ChannelState::ended) return;
    end(now, base::Error{base::ErrorKind::deploy, 0,
                         "no command runs there" + (stderr_.empty() ? std::string() : ": " + stderr_)});
  }
  void end(base::Nanos now, std::optional<base::Error> error) {
    if (over()) return;
    check_.seconds = std::chrono::duration<double>(now - started_).count();
    check_.error = std::move(error);
    channel_.reset();
  }

 private:
  SiteCheck check_;
  std::unique_ptr<transport::Channel> channel_;
  base::Nanos started_;
  std::string heard_, stderr_;
};

}  // namespace

std::vector<SiteCheck> check_sites(transport::Loop& loop, transport::Dialer& dialer, const std::vector<Target>& targets,
                                   base::Nanos limit, const std::function<bool()>& stop) {
  const base::Nanos started = loop.clock().now();
  std::vector<Attempt> attempts;
  for (const Target& target : targets) attempts.emplace_back(target, dialer, started);
  const auto open = [](const Attempt& attempt) { return !attempt.over(); };
  while (std::any_of(attempts.begin(), attempts.end(), open)) {
    const base::Nanos now = loop.clock().now();
    for (Attempt& attempt : attempts) {
      if (!attempt.over()) attempt.turn(now);
      if (stop()) attempt.end(now, base::Error{base::ErrorKind::interrupted, 0, "interrupted"});
      if (now - started > limit) attempt.end(now, base::Error{base::ErrorKind::timeout, 0, "no answer"});
    }
    (void)loop.turn(kTurn);
  }
  std::vector<SiteCheck> checks;
  for (Attempt& attempt : attempts) checks.push_back(attempt.result());
  return checks;
}

}  // namespace g5ksync::app
