#include <utility>

#include "transport/dialer.h"
#include "transport/ssh/connection.h"

namespace g5ksync::transport {
namespace {

/// A command over SSH. Shares the connection to its host with others; where the host allows no more sessions on that
/// one (MaxSessions), it takes one of its own.
class SshChannel final : public Channel {
 public:
  SshChannel(std::shared_ptr<SshContext> context, std::vector<std::string> words, const std::string& command)
      : context_(std::move(context)), words_(std::move(words)) {
    target_.command = command;
    stream_ = std::make_unique<SshStream>(SshConnection::to(context_, words_), target_);
  }

  ChannelState state() const override;
  const base::Error& error() const override { return stream_->error(); }
  std::string phase() const override {
    return stream_->state() == SshStream::State::opening ? stream_->connection().phase() : std::string();
  }
  std::size_t read(std::span<std::byte> into) override { return stream_->read(into); }
  std::size_t write(std::span<const std::byte> from) override { return stream_->write(from); }
  std::size_t unsent() const override { return stream_->unsent(); }
  void close_write() override { stream_->close_write(); }
  std::string take_stderr() override { return stream_->take_stderr(); }
  std::optional<int> exit_status() const override { return stream_->exit_status(); }

 private:
  bool deserves_own_connection() const {
    return !alone_ && stream_->was_refused() && stream_->connection().streams() > 1;
  }

  std::shared_ptr<SshContext> context_;
  std::vector<std::string> words_;
  StreamTarget target_;
  mutable std::unique_ptr<SshStream> stream_;  // state() may put another in its place
  mutable bool alone_ = false;
};

ChannelState SshChannel::state() const {
  if (deserves_own_connection()) {
    alone_ = true;
    stream_ = std::make_unique<SshStream>(SshConnection::private_to(context_, words_), target_);
  }
  switch (stream_->state()) {
    case SshStream::State::opening:
      return ChannelState::opening;
    case SshStream::State::open:
      return ChannelState::open;
    case SshStream::State::ended:
      return ChannelState::ended;
    case SshStream::State::failed:
      break;
  }
  return ChannelState::failed;
}

class SshDialer final : public Dialer {
 public:
  SshDialer(Loop& loop, DialOptions options, Prompter& prompter)
      : context_(std::make_shared<SshContext>(loop, std::move(options), prompter)) {}

  std::unique_ptr<Channel> start(const std::string& host, const std::string& command) override {
    return std::make_unique<SshChannel>(context_, context_->resolver.words_for(host), command);
  }

 private:
  std::shared_ptr<SshContext> context_;
};

}  // namespace

std::unique_ptr<Dialer> make_ssh_dialer(Loop& loop, DialOptions options, Prompter& prompter) {
  return std::make_unique<SshDialer>(loop, std::move(options), prompter);
}

}  // namespace g5ksync::transport
