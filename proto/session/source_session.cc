#include "proto/session/source_session.h"

#include <algorithm>

namespace g5ksync::proto {
namespace {

constexpr std::uint32_t kRequestsAhead = 256;
constexpr std::size_t kAnswersQueued = std::size_t{4} << 20;  // more are not asked for while so many bytes wait
constexpr std::size_t kAsksAtOnce = 6;
constexpr std::size_t kLogQueued = std::size_t{512} << 10;
constexpr std::size_t kAnswerFrame = std::size_t{256} << 10;  // small, so that log and control are never kept waiting
constexpr std::size_t kMostReports = 1'000'000;

FrameHeader header_of(FrameType type) {
  FrameHeader header;
  header.type = type;
  return header;
}

}  // namespace

SourceSession::SourceSession(Publication& publication, Start start)
    : publication_(publication), start_(std::move(start)) {}

void SourceSession::send_control(FrameType type, base::Bytes payload) {
  out_.push(Urgency::control, header_of(type), std::move(payload));
}

// --- what comes in --------------------------------------------------------------------------------------------------

base::Result<void> SourceSession::receive(const Frame& frame) {
  if (state_ == State::over) return {};
  const bool greeting = state_ == State::greeting;
  const bool begins = frame.header.type == FrameType::hello;
  if (greeting != begins && frame.header.type != FrameType::goodbye)
    return base::fail(base::ErrorKind::protocol, "the agent's messages are out of order");
  return dispatch(frame);
}

base::Result<void> SourceSession::dispatch(const Frame& frame) {
  switch (frame.header.type) {
    case FrameType::hello:
      return on_hello(frame.payload);
    case FrameType::ready:
      return on_ready(frame.payload);
    case FrameType::credit:
      return on_credit(frame.payload);
    case FrameType::request:
      return on_request(frame);
    case FrameType::finish:
      return on_finish(frame.payload);
    case FrameType::goodbye:
      return on_goodbye(frame.payload);
    case FrameType::heartbeat:
      return {};
    case FrameType::progress: {
      G5K_ASSIGN(counters_, decode_progress(frame.payload));
      return {};
    }
    case FrameType::report: {
      G5K_ASSIGN(Report report, decode_report(frame.payload));
      if (++reports_seen_ > kMostReports) return base::fail(base::ErrorKind::protocol, "the agent reports without end");
      reports_.push_back(std::move(report));
      return {};
    }
    default:
      return base::fail(base::ErrorKind::protocol, "the agent sent what only an origin sends");
  }
}

base::Result<void> SourceSession::on_hello(base::ByteView payload) {
  G5K_ASSIGN(hello_, decode_hello(payload));
  const std::uint16_t version = std::min(hello_.newest_version, kNewestVersion);
  if (version < std::max(hello_.oldest_version, kOldestVersion))
    return base::fail(base::ErrorKind::unsupported, "the agent speaks another version of the protocol");
  start_.version = version;
  start_.capabilities = hello_.capabilities & capability::all_here;
  if (start_.capabilities != capability::all_here)
    return base::fail(base::ErrorKind::unsupported, "the agent lacks what this run needs");
  send_control(FrameType::start, encode(start_));
  state_ = State::starting;
  return {};
}

base::Result<void> SourceSession::on_ready(base::ByteView payload) {
  if (state_ != State::starting) return base::fail(base::ErrorKind::protocol, "the agent is ready twice");
  G5K_ASSIGN(ready_, decode_ready(payload));
  log_limit_ = ready_->log_limit;
  listings_limit_ = ready_->listings_limit;
  state_ = State::running;
  grant_requests();
  return {};
}

void SourceSession::grant_requests() {
  const std::uint32_t limit = requests_answered_ + kRequestsAhead;
  if (limit - requests_granted_ < kRequestsAhead / 4) return;
  requests_granted_ = limit;
  send_control(FrameType::credit, encode(Credit{CreditClass::requests, limit}));
}

base::Result<void> SourceSession::on_credit(base::ByteView payload) {
  G5K_ASSIGN(const Credit credit, decode_credit(payload));
  std::uint64_t& limit = credit.which == CreditClass::listings ? listings_limit_ : log_limit_;
  if (credit.which == CreditClass::requests || credit.limit < limit)
    return base::fail(base::ErrorKind::protocol, "the agent took credit back");
  limit = credit.limit;
  return {};
}

base::Result<void> SourceSession::on_request(const Frame& frame) {
  if (state_ != State::running || frame.header.stream != requests_received_ + 1 ||
      requests_received_ >= requests_granted_)
    return base::fail(base::ErrorKind::protocol, "the agent asked out of turn");
  G5K_ASSIGN(Request request, decode_request(frame.payload));
  waiting_.push_back({++requests_received_, std::move(request)});
  return {};
}

base::Result<void> SourceSession::on_finish(base::ByteView payload) {
  if (state_ != State::running) return base::fail(base::ErrorKind::protocol, "the agent finished before it began");
  G5K_ASSIGN(finish_, decode_finish(payload));
  counters_ = finish_->counters;
  stop(Goodbye{});
  state_ = State::finished;
  return {};
}

base::Result<void> SourceSession::on_goodbye(base::ByteView payload) {
  G5K_ASSIGN(const Goodbye goodbye, decode_goodbye(payload));
  failure_ = base::Error{goodbye.error, static_cast<int>(goodbye.sys_errno), goodbye.text};
  state_ = State::over;
  waiting_.clear();
  return {};
}

// --- what goes out --------------------------------------------------------------------------------------------------

void SourceSession::produce(base::Nanos now) {
  if (state_ == State::running) send_log();
  if (!out_.empty()) {
    last_queued_ = now;
    return;
  }
  const base::Nanos beat = std::chrono::milliseconds(start_.heartbeat_ms);
  const bool listening = state_ == State::starting || state_ == State::running;
  if (!listening || beat.count() == 0 || now - last_queued_ < beat) return;
  send_control(FrameType::heartbeat, {});
  last_queued_ = now;
}

void SourceSession::queue(FrameType type, const std::shared_ptr<const LogFrame>& frame) {
  FrameHeader header = header_of(type);
  if (frame->zstd) header.flags |= frame_flag::zstd;
  header.raw_length = frame->raw_length;
  header.offset = frame->offset;
  out_.push_shared(Urgency::log, header, std::shared_ptr<const base::Bytes>(frame, &frame->payload), frame->payload);
}

/// What becomes known of single files goes before listings.
void SourceSession::send_log() {
  while (out_.bytes(Urgency::log) < kLogQueued) {
    const bool root_is_next = log_sent_ == 0;  // it comes before all listings
    auto frame = publication_.log_frame(log_sent_, log_limit_, root_is_next || out_.empty());
    if (frame) {
      queue(FrameType::log, frame);
      log_sent_ += frame->raw_length;
      continue;
    }
    if (!root_is_next && listings_limit_ > 0)
      frame = publication_.listings_frame(listings_sent_, listings_limit_, out_.empty());
    if (!frame) return;
    queue(FrameType::listings, frame);
    listings_sent_ += frame->raw_length;
  }
}

bool SourceSession::must_wait(const Request& request) const {
  const bool for_listings =
      std::holds_alternative<DigestRequest>(request) || std::holds_alternative<ListingsRequest>(request);
  return for_listings && !publication_.totals().listed;
}

std::optional<SourceSession::Ask> SourceSession::next_ask() {
  if (waiting_.empty() || asked_ >= kAsksAtOnce || out_.bytes(Urgency::answer) >= kAnswersQueued) return std::nullopt;
  if (must_wait(waiting_.front().request)) return std::nullopt;
  Ask ask = std::move(waiting_.front());
  waiting_.pop_front();
  ++asked_;
  return ask;
}

void SourceSession::answer(std::uint32_t number, std::shared_ptr<const PackedAnswer> answer) {
  --asked_;
  if (state_ != State::running) return;
  ++requests_answered_;
  const base::ByteView all = answer->payload;
  const std::shared_ptr<const base::Bytes> owner(answer, &answer->payload);
  std::size_t offset = 0;
  do {
    const base::ByteView piece = all.subspan(offset, std::min(kAnswerFrame, all.size() - offset));
    FrameHeader header = header_of(FrameType::answer);
    header.stream = number;
    header.offset = offset;
    if (offset == 0) header.raw_length = answer->raw_length;
    if (answer->zstd) header.flags |= frame_flag::zstd;
    offset += piece.size();
    if (offset == all.size()) header.flags |= frame_flag::last;
    out_.push_shared(Urgency::answer, header, owner, piece);
  } while (offset < all.size());
  grant_requests();
}

void SourceSession::stop(const Goodbye& why) {
  if (state_ == State::over || state_ == State::finished) return;
  out_.drop_unbegun();
  send_control(FrameType::goodbye, encode(why));
  waiting_.clear();
  state_ = State::over;
  failure_ = base::Error{why.error, static_cast<int>(why.sys_errno), why.text};
}

}  // namespace g5ksync::proto
