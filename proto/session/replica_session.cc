// The replica's session: frames and log records. What is wanted and asked for is in replica_requests.cc.
#include "proto/session/replica_session.h"

#include <algorithm>

#include "proto/session/replica_walk.h"

namespace g5ksync::proto {
namespace {

constexpr std::uint64_t kLogWindow = std::uint64_t{4} << 20;
constexpr std::uint64_t kLogCreditStep = std::uint64_t{256} << 10;
constexpr std::uint64_t kAnswerWindow = std::uint64_t{32} << 20;

base::Failure broken(const char* what) { return base::fail(base::ErrorKind::protocol, what); }

}  // namespace

ReplicaSession::ReplicaSession(Hello hello) {
  unlisted_.try_emplace(tree::kRoot);
  comparable_.insert(tree::kRoot);
  send(FrameType::hello, encode(hello));
}

ReplicaSession::~ReplicaSession() = default;

void ReplicaSession::send(FrameType type, base::Bytes payload, std::uint32_t stream) {
  FrameHeader header;
  header.type = type;
  header.stream = stream;
  out_.push(Urgency::control, header, std::move(payload));
}

// --- frames ---------------------------------------------------------------------------------------------------------

base::Result<void> ReplicaSession::receive(const Frame& frame) {
  if (state_ == State::over) return {};
  return dispatch(frame);
}

base::Result<void> ReplicaSession::dispatch(const Frame& frame) {
  switch (frame.header.type) {
    case FrameType::start:
      return on_start(frame.payload);
    case FrameType::log:
      return on_log(frame);
    case FrameType::listings:
      return on_listings(frame);
    case FrameType::answer:
      return on_answer(frame);
    case FrameType::credit:
      return on_credit(frame.payload);
    case FrameType::goodbye:
      return on_goodbye(frame.payload);
    case FrameType::heartbeat:
      return {};
    default:
      return broken("a frame that an origin does not send");
  }
}

base::Result<void> ReplicaSession::on_start(base::ByteView payload) {
  if (state_ != State::waiting) return broken("a second start");
  G5K_ASSIGN(start_, decode_start(payload));
  if (start_->version < kOldestVersion || start_->version > kNewestVersion || start_->role != Role::replica)
    return base::fail(base::ErrorKind::unsupported, "the origin asks for what this agent cannot do");
  state_ = State::opening;
  return {};
}

void ReplicaSession::begin(Ready ready, Listings listings) {
  // The first name of a hard link's group may be in any directory: with -H all are wanted.
  const bool all = listings == Listings::all || start_->has(run_flag::all_listings | run_flag::hard_links);
  log_limit_ = ready.log_limit = kLogWindow;
  listings_limit_ = ready.listings_limit = all ? kLogWindow : 0;
  window_ = ready.answer_window = kAnswerWindow;
  time_unit_ = std::max(start_->time_unit, ready.time_unit);
  sets_owner_ = ready.sets_owner;
  send(FrameType::ready, encode(ready));
  state_ = State::running;
  if (!all) return begin_walk();
  listings_.emplace(start_->mask);
  looks_first_ = listings == Listings::by_digest && start_->has(run_flag::detect_moves);
  if (looks_first_) comparable_.erase(tree::kRoot);
}

void ReplicaSession::fail(const base::Error& error) {
  if (state_ == State::over) return;
  out_.drop_unbegun();
  send(FrameType::goodbye,
       encode(Goodbye{false, error.kind, static_cast<std::uint32_t>(error.sys_errno), error.context}));
  state_ = State::over;
}

base::Result<void> ReplicaSession::on_credit(base::ByteView payload) {
  G5K_ASSIGN(const Credit credit, decode_credit(payload));
  if (credit.which != CreditClass::requests || credit.limit < requests_limit_) return broken("a wrong credit");
  requests_limit_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(credit.limit, UINT32_MAX));
  schedule();
  return {};
}

base::Result<void> ReplicaSession::on_goodbye(base::ByteView payload) {
  G5K_TRY(decode_goodbye(payload));
  out_.drop_unbegun();
  state_ = State::over;
  return {};
}

void ReplicaSession::tick(base::Nanos now) {
  if (state_ != State::running && state_ != State::finishing) return;
  const base::Nanos beat = std::chrono::milliseconds(start_->heartbeat_ms);
  if (last_tick_ && now - *last_tick_ < beat) return;
  last_tick_ = now;
  send(FrameType::progress, encode(counters_));
}

void ReplicaSession::set_usage(std::uint64_t peak_memory, std::uint64_t cpu_micros) {
  peak_memory_ = peak_memory;
  cpu_micros_ = cpu_micros;
}

// --- the log --------------------------------------------------------------------------------------------------------

base::Result<base::Bytes> ReplicaSession::unpack(const Frame& frame, std::uint64_t received, std::uint64_t limit) {
  const FrameHeader& header = frame.header;
  if (state_ != State::running) return broken("log out of turn");
  if (header.offset != received || header.raw_length > limit - received)
    return broken("log past its credit, or out of order");
  return unpacker_.unpack(frame.payload, (header.flags & frame_flag::zstd) != 0, header.raw_length, kMaxLogFrameRaw);
}

base::Result<void> ReplicaSession::on_log(const Frame& frame) {
  if (state_ == State::finishing || state_ == State::finished) return {};  // news for others
  G5K_ASSIGN(const base::Bytes raw, unpack(frame, log_received_, log_limit_));
  log_received_ += raw.size();
  log_.feed(raw);
  for (;;) {
    G5K_ASSIGN(auto record, log_.next());
    if (!record) break;
    G5K_TRY(on_record(std::move(*record)));
  }
  extend_credit();
  schedule();
  finish_if_done();
  return {};
}

base::Result<void> ReplicaSession::on_listings(const Frame& frame) {
  if (!listings_) return broken("listings that nobody asked for");
  G5K_ASSIGN(const base::Bytes raw, unpack(frame, listings_received_, listings_limit_));
  listings_received_ += raw.size();
  listings_->feed(raw);
  for (;;) {
    G5K_ASSIGN(auto record, listings_->next());
    if (!record) break;
    G5K_TRY(on_listing_record(std::move(*record)));
  }
  drive_deltas();
  extend_credit();
  schedule();
  finish_if_done();
  return {};
}

void ReplicaSession::extend_credit() {
  if (state_ != State::running) return;
  const auto extend = [this](CreditClass which, std::uint64_t& limit, std::uint64_t received) {
    if (received + kLogWindow < limit + kLogCreditStep) return;
    limit = received + kLogWindow;
    send(FrameType::credit, encode(Credit{which, limit}));
  };
  extend(CreditClass::log, log_limit_, log_received_);
  const bool room = wanted_.size() - whole_ + uncompared_ <= kEntriesInHand;
  if (listings_ && room) extend(CreditClass::listings, listings_limit_, listings_received_);
}

base::Result<void> ReplicaSession::on_record(LogRecord record) {
  if (auto* root = std::get_if<RootRecord>(&record)) {
    const bool named = !start_->root_names.empty();
    if (rooted_ || root->mask != start_->mask || root->sums != SumAlgorithm::xxh3_128 ||
        (named && root->own_attributes))
      return broken("a wrong root");
    rooted_ = true;
    root_contents_ = root->own_attributes.has_value();
    jobs_.push_back(RootJob{root->own_attributes, std::move(root->owner_name), std::move(root->group_name)});
    if (looks_first_) know_what_is_there();
    if (walk_) walk_on();
  } else if (const auto* version = std::get_if<VersionRecord>(&record)) {
    on_version(*version);
  } else if (const auto* sum = std::get_if<SumRecord>(&record)) {
    on_sum(*sum);
  } else if (const auto* unreadable = std::get_if<UnreadableRecord>(&record)) {
    on_unreadable(*unreadable);
  }
  return {};
}

// --- listings -------------------------------------------------------------------------------------------------------

void ReplicaSession::on_totals(const ListedRecord& totals) {
  if (totals.errors > 0) source_failed_ = true;
}

base::Result<void> ReplicaSession::on_listing_record(LogRecord record) {
  if (!rooted_) return broken("a listing before the root");
  if (auto* listing = std::get_if<DirectoryRecord>(&record)) {
    const Bundle& open = bundles_[open_bundle_];
    if (listing->bundle != open_bundle_ || listing->first_member != open.members)
      return broken("a listing in the wrong bundle");
    G5K_ASSIGN(auto part, take_listing(std::move(*listing)));
    enter_bundles(*part);
    compare(std::move(part));
  } else if (std::holds_alternative<BundleEndRecord>(record)) {
    close_bundle();
  } else if (const auto* totals = std::get_if<ListedRecord>(&record)) {
    if (!unlisted_.empty()) return broken("a listing that ends before all directories were listed");
    on_totals(*totals);
    listed_ = true;
  }
  return {};
}

/// Checks a listing against those before; where all come, they may be of any directory that is not listed yet, and
/// where they are asked for, of those that were asked for.
base::Result<std::shared_ptr<ListingPart>> ReplicaSession::take_listing(DirectoryRecord record) {
  const auto directory = unlisted_.find(record.directory);
  if (listed_ || directory == unlisted_.end()) return broken("a listing of what was never named as a directory");
  const EntryId end = record.first_entry + record.entries.size();
  const auto after = entries_.upper_bound(record.first_entry);
  const bool free =
      record.entries.empty() || ((after == entries_.end() || end <= after->first) &&
                                 (after == entries_.begin() || std::prev(after)->second <= record.first_entry));
  if (!free) return broken("entries whose numbers are taken");
  if (!record.entries.empty()) {
    const bool joins = after != entries_.begin() && std::prev(after)->second == record.first_entry;
    if (joins)
      std::prev(after)->second = end;
    else
      entries_.emplace(record.first_entry, end);
  }
  auto part = std::make_shared<ListingPart>();
  part->directory = record.directory;
  part->first_entry = record.first_entry;
  part->bundle = record.bundle;
  part->first_member = record.first_member;
  part->first = !directory->second.begun;
  part->last = record.last;
  part->complete = record.complete && (part->directory != tree::kRoot || root_contents_);
  part->empty_source = record.empty_source;
  part->entries = std::move(record.entries);
  if (!part->entries.empty()) {
    if (directory->second.begun && part->entries.front().entry.name <= directory->second.last_name)
      return broken("names out of order");
    directory->second.last_name = part->entries.back().entry.name;
  }
  directory->second.begun = true;
  if (part->last) unlisted_.erase(directory);
  EntryId id = part->first_entry;
  for (const ListingEntry& entry : part->entries) {
    if (entry.entry.stat.type == fs::FileType::directory && listings_) unlisted_.try_emplace(id);
    ++id;
  }
  uncompared_ += part->entries.size();
  if (start_->has(run_flag::hard_links)) enter_links(part);
  return part;
}

void ReplicaSession::compare(std::shared_ptr<ListingPart> part) {
  if (comparable_.contains(part->directory)) {
    if (part->last) comparable_.erase(part->directory);
    Scanned scanned = scanned_in(part->directory);
    jobs_.push_back(CompareJob{std::move(part), std::move(scanned)});
  } else {
    early_[part->directory].push_back(std::move(part));
  }
}

/// The directory's own entry has been dealt with.
void ReplicaSession::allow_comparing(EntryId directory) {
  comparable_.insert(directory);
  if (auto waiting = early_.extract(directory))
    for (auto& part : waiting.mapped()) compare(std::move(part));
}

void ReplicaSession::enter_bundles(const ListingPart& part) {
  bool counted = false;  // this part, in the open bundle
  for (const ListingEntry& entry : part.entries) {
    if (!entry.in_bundle) continue;
    Bundle& bundle = bundles_[open_bundle_];
    if (!counted) ++bundle.parts;
    counted = true;
    ++bundle.members;
    if (!entry.closes_bundle) continue;
    close_bundle();
    counted = false;
  }
}

void ReplicaSession::close_bundle() {
  const std::uint64_t number = open_bundle_;
  if (bundles_[number].members == 0) return;
  bundles_[number].closed = true;
  ++open_bundle_;
  bundles_[open_bundle_];
  offer_bundle(number);
}

void ReplicaSession::on_version(const VersionRecord& record) {
  revised_.insert_or_assign(record.entry, record);
  const auto found = wanted_.find(record.entry);
  if (found != wanted_.end() && found->second.stage != Stage::bundled) move_in_ranges(found->second);
}

void ReplicaSession::on_sum(const SumRecord& record) {
  sums_.insert_or_assign(record.entry, record);  // another host may have asked before this one has even compared
  const auto found = wanted_.find(record.entry);
  if (found == wanted_.end() || record.version != found->second.file.version) return;
  found->second.sum = record.sum;
  commit_if_whole(found->second);
}

void ReplicaSession::on_unreadable(const UnreadableRecord& record) {
  lost_.insert(record.entry);
  // As rsync: what is gone, or would not hold still, does not stand against deleting.
  if (record.error != base::ErrorKind::not_found && record.error != base::ErrorKind::changed) source_failed_ = true;
  const auto found = wanted_.find(record.entry);
  if (found != wanted_.end() && found->second.stage != Stage::bundled && found->second.stage != Stage::committing)
    forget(record.entry);
}

// --- jobs -----------------------------------------------------------------------------------------------------------

std::optional<DiskJob> ReplicaSession::next_job() {
  if (jobs_.empty()) return std::nullopt;
  DiskJob job = std::move(jobs_.front());
  jobs_.pop_front();
  ++jobs_out_;
  return job;
}

void ReplicaSession::done(DiskResult result) {
  --jobs_out_;
  if (state_ == State::over) return;
  counters_ += result.counted;
  for (const Report& report : result.reports) send(FrameType::report, encode(report));
  if (result.fatal) return fail(*result.fatal);
  std::visit([this](auto& done) { on_done(std::move(done)); }, result.done);
  if (walk_) walk_on();
  drive_deltas();
  extend_credit();
  schedule();
  finish_if_done();
}

void ReplicaSession::finish_if_done() {
  if (jobs_out_ > 0 || !jobs_.empty()) return;
  if (state_ == State::running && listed_ && uncompared_ == 0 && wanted_.empty() && outstanding_.empty()) {
    if (give_out_links()) return;
    state_ = State::finishing;
    jobs_.push_back(FinishJob{source_failed_});
  } else if (state_ == State::finishing) {
    state_ = State::finished;
    send(FrameType::finish, encode(Finish{counters_, peak_memory_, cpu_micros_}));
  }
}

}  // namespace g5ksync::proto
