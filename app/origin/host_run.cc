#include "app/origin/host_run.h"

#include <algorithm>
#include <array>

#include "engine/base/random.h"

namespace g5ksync::app {
namespace {

using base::Nanos;
using transport::ChannelState;

constexpr std::size_t kReadStep = std::size_t{64} << 10;
constexpr int kReadsATurn = 16;
constexpr std::size_t kUnsentLimit = std::size_t{4} << 20;
constexpr std::size_t kPlenty = std::size_t{1} << 20;  // of answers still queued when the next one comes
constexpr std::size_t kStderrKept = 4096;
constexpr Nanos kFarewell = std::chrono::seconds(3);

/// Each host's run has an id of its own: hosts may share a destination, and must not share temp names.
proto::Start with_own_id(proto::Start start) {
  start.run_id = base::random_hex(16);
  return start;
}

double seconds(Nanos duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

HostRun::HostRun(RunContext& context, std::string name, std::string nonce, HandOver hand_over)
    : context_(context),
      hand_over_(std::move(hand_over)),
      deployment_(agent_image(), std::move(nonce)),
      session_(context.publication, with_own_id(context.start)) {
  status_.name = std::move(name);
}

void HostRun::start(transport::Dialer& dialer, const std::string& ssh_name, Nanos now) {
  started_ = heard_ = now;
  channel_ = dialer.start(ssh_name, kRemoteCommand);
  stage_ = Stage::dialling;
  status_.phase = HostPhase::connecting;
}

// --- one turn -------------------------------------------------------------------------------------------------------

bool HostRun::turn(Nanos now) {
  bool moved = false;
  if (stage_ == Stage::dialling) moved = dial();
  if (stage_ == Stage::deploying || stage_ == Stage::talking || stage_ == Stage::leaving) {
    moved = read(now) || moved;  // which may end it all
    if (stage_ == Stage::talking) ask();
    moved = write(now) || moved;
  }
  if (stage_ != Stage::over && stage_ != Stage::waiting) watch(now);
  update_status();
  return moved;
}

bool HostRun::dial() {
  if (channel_->state() == ChannelState::opening) return false;
  stage_ = Stage::deploying;
  return true;
}

bool HostRun::read(Nanos now) {
  std::array<std::byte, kReadStep> buffer;
  bool moved = false;
  for (int i = 0; i < kReadsATurn && stage_ != Stage::over; ++i) {
    const std::size_t count = channel_->read(buffer);
    if (count == 0) break;
    moved = true;
    heard_ = now;
    status_.bytes_in += count;
    if (auto taken = take(base::ByteView(buffer).first(count)); !taken) fail(std::move(taken).error(), now);
  }
  if (stage_ == Stage::over) return moved;
  stderr_ += channel_->take_stderr();
  if (stderr_.size() > kStderrKept) stderr_.erase(0, stderr_.size() - kStderrKept);
  if (session_.state() == proto::SourceSession::State::over && stage_ == Stage::talking) fail(session_.failure(), now);
  if (session_.state() == proto::SourceSession::State::finished && stage_ == Stage::talking) leave(now);
  if (stage_ == Stage::over) return moved;
  if (channel_->state() == ChannelState::failed || channel_->state() == ChannelState::ended) on_channel_end(now);
  return moved;
}

base::Result<void> HostRun::take(base::ByteView bytes) {
  if (!deployment_.running()) {
    G5K_ASSIGN(const std::size_t taken, deployment_.receive(bytes));
    bytes = bytes.subspan(taken);
    if (deployment_.running()) stage_ = Stage::talking;
  }
  while (!bytes.empty()) {
    const std::span<std::byte> space = decoder_.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), count, space.begin());
    decoder_.commit(count);
    bytes = bytes.subspan(count);
    for (;;) {
      G5K_ASSIGN(const auto frame, decoder_.next());
      if (!frame) break;
      G5K_TRY(session_.receive(*frame));
    }
  }
  return {};
}

base::ByteView HostRun::front() { return deployment_.running() ? session_.out().front() : deployment_.front(); }

void HostRun::consume(std::size_t count) {
  if (deployment_.running())
    session_.out().consume(count);
  else
    deployment_.consume(count);
}

bool HostRun::write(Nanos now) {
  if (stage_ == Stage::over) return false;
  bool moved = false;
  if (deployment_.running()) session_.produce(now);
  while (channel_->unsent() < kUnsentLimit) {
    const base::ByteView bytes = front();
    if (bytes.empty()) break;
    const std::size_t count = channel_->write(bytes);
    if (count == 0) break;
    consume(count);
    status_.bytes_out += count;
    moved = true;
    if (deployment_.running()) session_.produce(now);
  }
  return moved;
}

void HostRun::ask() {
  while (auto wanted = session_.next_ask())
    context_.answers.get(wanted->request, [hand_over = hand_over_, number = wanted->number](auto answer) {
      hand_over(number, std::move(answer));
    });
}

void HostRun::take_answer(std::uint32_t number, base::Result<AnswerStore::Packed> answer) {
  if (stage_ != Stage::talking) return;
  if (!answer) return fail(std::move(answer).error(), heard_);
  const std::size_t queued = session_.out().bytes(proto::Urgency::answer);
  if (queued == 0 || queued > kPlenty) context_.answers.link_was(queued == 0);
  session_.answer(number, std::move(*answer));
}

// --- how it ends ----------------------------------------------------------------------------------------------------

void HostRun::watch(Nanos now) {
  if (stage_ == Stage::dialling) {
    heard_ = now;  // the dialer has its own deadline
  } else if (stage_ == Stage::leaving) {
    const bool told = session_.out().empty() && channel_->unsent() == 0;
    if (told || now - leaving_since_ > kFarewell) {
      channel_.reset();
      stage_ = Stage::over;
    }
  } else if (now - heard_ > context_.silence_limit) {
    fail({base::ErrorKind::timeout, 0,
          "nothing was heard for " + std::to_string(static_cast<int>(seconds(context_.silence_limit))) + " s"},
         now);
  }
}

void HostRun::on_channel_end(Nanos now) {
  if (stage_ == Stage::leaving) {
    channel_.reset();
    stage_ = Stage::over;
    return;
  }
  if (channel_->state() == ChannelState::failed) return fail(channel_->error(), now);
  if (stage_ != Stage::talking) return fail(deployment_.ended_early(stderr_, channel_->exit_status()), now);
  std::string context = "the agent ended in the middle of the run";
  if (const auto status = channel_->exit_status()) context += " (exit status " + std::to_string(*status) + ")";
  if (const std::string words = last_line(stderr_); !words.empty()) context += ": " + words;
  fail({base::ErrorKind::connection, 0, std::move(context)}, now);
}

void HostRun::fail(base::Error error, Nanos now) {
  if (stage_ == Stage::over) return;
  if (!status_.error && status_.phase != HostPhase::done) {
    status_.phase = HostPhase::failed;
    status_.error = std::move(error);
    status_.seconds = seconds(now - started_);
  }
  if (stage_ == Stage::talking && channel_->state() == ChannelState::open) {
    session_.stop({false, status_.error ? status_.error->kind : base::ErrorKind::io, 0, "the run ends"});
    stage_ = Stage::leaving;
    leaving_since_ = now;
    return;
  }
  channel_.reset();
  stage_ = Stage::over;
}

void HostRun::leave(Nanos now) {
  status_.phase = HostPhase::done;
  status_.seconds = seconds(now - started_);
  stage_ = Stage::leaving;
  leaving_since_ = now;
}

void HostRun::stop(const base::Error& why, Nanos now) {
  if (stage_ == Stage::leaving || stage_ == Stage::over) return;
  fail(why, now);
}

void HostRun::update_status() {
  status_.counters = session_.counters();
  status_.agent_bytes = deployment_.upload_bytes();
  if (const auto& finish = session_.finish()) {
    status_.agent_peak_memory = finish->peak_memory;
    status_.agent_cpu_micros = finish->cpu_micros;
  }
  if (status_.phase == HostPhase::done || status_.phase == HostPhase::failed) return;
  switch (stage_) {
    case Stage::dialling:
      status_.detail = channel_->phase();
      break;
    case Stage::deploying:
      status_.phase = HostPhase::deploying;
      status_.detail = deployment_.phase();
      break;
    case Stage::talking: {
      const proto::Counters& counted = status_.counters;
      const proto::Totals totals = context_.publication.totals();
      const bool compared = totals.listed && counted.entries_compared >= totals.entries;
      status_.detail.clear();
      status_.phase = !compared                                      ? HostPhase::comparing
                      : counted.bytes_written < counted.bytes_wanted ? HostPhase::transferring
                                                                     : HostPhase::finishing;
      break;
    }
    default:
      break;
  }
}

}  // namespace g5ksync::app
