// The replica's session: files that have a basis, the file of that name that is there already.
//
// Their sums are asked for first, many at once: what was only touched needs nothing else. With those of small files
// whose size differs come the signatures of the first level, which they will need. Of what differs the disk searches
// the basis (engine/delta), level by level, and says what it needs next: signatures, then literals. Steps of many small
// files are asked for together, so no file waits for a round trip of its own, and replicas that have the same ask for
// the same.
#include <algorithm>

#include "engine/delta/scheme.h"
#include "proto/session/replica_session.h"

namespace g5ksync::proto {
namespace {

constexpr std::uint64_t kInHand = std::uint64_t{512} << 20;  // bytes of files that are searched at once, or one file
constexpr std::uint64_t kSmallInHand = std::uint64_t{56} << 20;  // bytes of them that are below kSmallFile
constexpr std::uint64_t kSumsAtOnce = std::uint64_t{4} << 20;    // bytes of files that one request of sums is about
constexpr std::size_t kSumsItems = 512;
constexpr std::uint64_t kTogether = std::uint64_t{2} << 20;  // bytes of files whose steps are asked for together
constexpr std::uint64_t kAnswerBytes = std::uint64_t{1} << 20;
constexpr std::size_t kAnswerRanges = 6000;
constexpr std::size_t kAnswerItems = 2048;

/// Puts pieces together into requests of one kind, none of them over the caps.
template <class Kind, class MakeItem>
class RequestPacker {
 public:
  using Send = std::function<void(Kind request, std::vector<WantedFile> files, std::uint64_t reserve)>;
  RequestPacker(MakeItem make_item, Send send) : make_item_(std::move(make_item)), send_(std::move(send)) {}

  void add(const WantedFile& file, DeltaPiece piece) {
    const bool fits = request_.items.empty() ||
                      (request_.items.back().entry < file.id && bytes_ + piece.bytes <= kAnswerBytes &&
                       ranges_ + piece.ranges.size() <= kAnswerRanges && request_.items.size() < kAnswerItems);
    if (!fits) flush();
    bytes_ += piece.bytes;
    ranges_ += piece.ranges.size();
    request_.items.push_back(make_item_(file, std::move(piece)));
    files_.push_back(file);
  }
  void flush() {
    if (request_.items.empty()) return;
    const std::uint64_t reserve = answer_header_bound(request_.items.size()) + bytes_;
    send_(std::exchange(request_, {}), std::exchange(files_, {}), reserve);
    bytes_ = ranges_ = 0;
  }

 private:
  MakeItem make_item_;
  Send send_;
  Kind request_;
  std::vector<WantedFile> files_;
  std::uint64_t bytes_ = 0, ranges_ = 0;
};

}  // namespace

void ReplicaSession::want_delta(Wanted& wanted) {
  wanted.stage = Stage::delta;
  const WantedFile& file = wanted.file;
  const bool opens = file.other_size && !file.elsewhere && file.size < kSmallFile;
  (opens ? to_open_ : to_sum_).insert(file.id);
}

void ReplicaSession::leave_delta(Wanted& wanted) {
  if (wanted.stage != Stage::delta) return;
  wanted.stage = Stage::changed;
  end_search(wanted);
  if (to_sum_.erase(wanted.file.id) + to_open_.erase(wanted.file.id) == 0) give_back(wanted.file.size);
  if (const auto step = to_ask_.find(wanted.file.id); step != to_ask_.end()) {
    to_ask_bytes_ -= wanted.file.size;
    to_ask_.erase(step);
  }
}

void ReplicaSession::take_in_hand(std::uint64_t size) {
  in_hand_.bytes += size;
  if (size < kSmallFile) in_hand_.small_bytes += size;
}

void ReplicaSession::give_back(std::uint64_t size) {
  in_hand_.bytes -= size;
  if (size < kSmallFile) in_hand_.small_bytes -= size;
}

bool ReplicaSession::hands_full() const { return in_hand_.bytes >= kInHand || in_hand_.small_bytes >= kSmallInHand; }

/// Asks when there is nothing to wait for that could be asked for together.
void ReplicaSession::drive_deltas() {
  if (state_ != State::running) return;
  const bool all_compared = listed_ && uncompared_ == 0;
  const auto is_time = [&](const std::set<EntryId>& waiting) { return all_compared || waiting.size() >= kSumsItems; };
  if (is_time(to_sum_)) ask_for_sums(to_sum_, false);
  if (is_time(to_open_)) ask_for_sums(to_open_, true);
  if (!to_ask_.empty() && (sums_out_ == 0 || to_ask_bytes_ >= kTogether)) ask_for_steps();
}

void ReplicaSession::ask_for_sums(std::set<EntryId>& waiting, bool first_level) {
  while (!waiting.empty() && !hands_full()) {
    SumsRequest request;
    request.first_level = first_level;
    std::vector<WantedFile> files;
    std::uint64_t bytes = 0, signatures = 0;
    while (!waiting.empty() && bytes < kSumsAtOnce && files.size() < kSumsItems) {
      Wanted& wanted = wanted_.at(*waiting.begin());
      waiting.erase(waiting.begin());
      request.items.push_back({wanted.file.id, wanted.file.version});
      files.push_back(wanted.file);
      bytes += wanted.file.size;
      if (first_level) signatures += delta::first_level_size(wanted.file.size);
      take_in_hand(wanted.file.size);
      wanted.begun = true;  // the disk will know it
    }
    ++sums_out_;
    const std::uint64_t reserve = answer_header_bound(files.size()) + signatures;
    turns_.push_back(DeltaTurn{std::move(request), std::move(files), reserve});
  }
}

void ReplicaSession::ask_for_steps() {
  const auto send = [this](auto request, std::vector<WantedFile> files, std::uint64_t reserve) {
    turns_.push_back(DeltaTurn{Request(std::move(request)), std::move(files), reserve});
  };
  const auto signatures_item = [](const WantedFile& file, DeltaPiece piece) {
    return SignaturesItem{file.id, file.version, piece.level, std::move(piece.ranges)};
  };
  const auto ranges_item = [](const WantedFile& file, DeltaPiece piece) {
    return RangesItem{file.id, file.version, std::move(piece.ranges)};
  };
  RequestPacker<SignaturesRequest, decltype(signatures_item)> signatures(signatures_item, send);
  RequestPacker<RangesRequest, decltype(ranges_item)> literals(ranges_item, send);
  for (auto& [id, step] : to_ask_) {
    const WantedFile& file = wanted_.at(id).file;
    for (DeltaPiece& piece : step.pieces) {
      if (step.next == DeltaStep::Next::signatures)
        signatures.add(file, std::move(piece));
      else
        literals.add(file, std::move(piece));
    }
  }
  signatures.flush();
  literals.flush();
  to_ask_.clear();
  to_ask_bytes_ = 0;
}

ReplicaSession::Asked ReplicaSession::request(const DeltaTurn& turn) {
  if (reserved_ + turn.reserve > window_) return Asked::no_room;
  send_request(turn.request, turn.files, turn.reserve);
  outstanding_.at(requests_sent_).delta = true;
  return Asked::all;
}

/// False where the answer is to another kind of request.
bool ReplicaSession::take_delta_answer(std::uint32_t number, Outstanding& asked) {
  if (!asked.delta) return false;
  if (auto* sums = std::get_if<SumsRequest>(&asked.request))
    jobs_.push_back(SumsJob{number, *sums, asked.files, std::move(asked.answer)});
  else if (auto* signatures = std::get_if<SignaturesRequest>(&asked.request))
    jobs_.push_back(SignaturesJob{number, *signatures, asked.files, std::move(asked.answer)});
  else
    jobs_.push_back(LiteralsJob{number, std::get<RangesRequest>(asked.request), asked.files, std::move(asked.answer)});
  return true;
}

void ReplicaSession::on_done(DeltaDone done) {
  if (std::holds_alternative<SumsRequest>(outstanding_.at(done.number).request)) --sums_out_;
  release(done.number);
  for (DeltaStep& step : done.steps) {
    const auto found = wanted_.find(step.file);
    const bool wanted =
        found != wanted_.end() && found->second.file.version == step.version && found->second.stage == Stage::delta;
    if (wanted && found->second.file.undecided && step.differs) {
      found->second.file.undecided = false;
      count_wanted(found->second.file);
    }
    if (!wanted) {
      jobs_.push_back(AbandonJob{step.file, step.version, true});  // it has changed, or is lost, meanwhile
    } else if (step.next == DeltaStep::Next::settled) {
      if (step.outcome == FileOutcome::written || step.outcome == FileOutcome::same) found->second.begun = false;
      settle(step.file, step.outcome, step.version);
    } else {
      to_ask_bytes_ += found->second.file.size;
      to_ask_.insert_or_assign(step.file, std::move(step));
    }
  }
}

}  // namespace g5ksync::proto
