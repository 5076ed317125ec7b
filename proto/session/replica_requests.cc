// The replica's session: which files are wanted, what is asked for them, and what becomes of the answers.
//
// The stages of a wanted file (WantedFile in replica_jobs.h):
//
//   delta: replica_delta.cc, replica_moves.cc; leads to (forgotten), changed, queued or bundled
//   bundled ──────────── answer written ──────────────────────────────► (forgotten)
//      │ changed at the source, or a bad sum
//      ▼
//   changed ─ new version in the log ─► queued ─► moving ─ all written ─► unsummed ─ sum in the log ─► committing
//                                          ▲                                                               │
//                                          └───────────────── a bad sum, once ────────────────────────────┘
#include <algorithm>

#include "proto/session/replica_session.h"

namespace g5ksync::proto {
namespace {

constexpr std::uint64_t kHeaderRoom = 4096;  // of an unpacked answer's header, and for each member
constexpr std::uint64_t kMemberRoom = 48;

/// Small files whose size differs are sent whole as cheaply.
bool worth_a_delta(std::uint64_t size, std::uint64_t basis) {
  constexpr std::uint64_t kSmallest = 64, kSmallestChanged = 512;
  return basis > 0 && size >= (size == basis ? kSmallest : kSmallestChanged);
}

base::Failure broken(const char* what) { return base::fail(base::ErrorKind::protocol, what); }

}  // namespace

// --- what is wanted -------------------------------------------------------------------------------------------------

void ReplicaSession::on_done(CompareDone done) {
  const ListingPart& part = *done.part;
  Place place{part.bundle, part.first_member};
  std::vector<std::uint64_t> touched;
  auto next_wanted = done.wanted.begin();
  for (std::uint32_t i = 0; i < part.entries.size(); ++i) {
    const ListingEntry& entry = part.entries[i];
    const EntryId id = part.first_entry + i;
    if (next_wanted != done.wanted.end() && *next_wanted == i) {
      ++next_wanted;
      const auto at = static_cast<std::size_t>(next_wanted - done.wanted.begin()) - 1;
      WantedFile file;
      file.id = id;
      file.directory = part.directory;
      file.entry = std::shared_ptr<const ListingEntry>(done.part, &entry);
      file.size = entry.entry.stat.size;
      file.mtime = entry.entry.stat.mtime;
      file.has_basis = worth_a_delta(file.size, done.bases[at]);
      file.elsewhere = done.elsewhere[at];
      file.other_size = file.has_basis && done.bases[at] != file.size;
      file.undecided = done.undecided[at];
      want(std::move(file), entry.in_bundle ? std::optional(place) : std::nullopt);
    }
    if (entry.entry.stat.type == fs::FileType::directory) allow_comparing(id);
    if (!entry.in_bundle) continue;
    if (touched.empty() || touched.back() != place.bundle) touched.push_back(place.bundle);
    ++place.index;
    if (entry.closes_bundle) place = {place.bundle + 1, 0};
  }
  uncompared_ -= part.entries.size();
  if (walk_) return descend(part);
  for (const std::uint64_t number : touched) {
    --bundles_[number].parts;
    offer_bundle(number);
  }
}

/// The leader of a group is its first entry in the log.
void ReplicaSession::enter_links(const std::shared_ptr<ListingPart>& part) {
  for (std::uint32_t i = 0; i < part->entries.size(); ++i) {
    ListingEntry& entry = part->entries[i];
    if (entry.link_group == 0) continue;
    const EntryId id = part->first_entry + i;
    const std::shared_ptr<const ListingEntry> kept(part, &entry);
    const auto [leader, is_new] =
        leaders_.try_emplace(entry.link_group, LinkTask{0, 0, nullptr, id, part->directory, kept});
    if (is_new) continue;
    LinkTask& task = links_.emplace_back(leader->second);
    entry.link_leader = task.leader_id;
    task.id = id;
    task.directory = part->directory;
    task.entry = kept;
  }
}

bool ReplicaSession::give_out_links() {
  constexpr std::size_t kLinksInOneJob = 256;
  // Where the leader's content did not come, what is called so is something else.
  std::erase_if(links_, [this](const LinkTask& task) { return lost_.contains(task.leader_id); });
  if (links_.empty()) return false;
  for (std::size_t i = 0; i < links_.size(); i += kLinksInOneJob) {
    const auto begin = links_.begin() + static_cast<std::ptrdiff_t>(i);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kLinksInOneJob, links_.size() - i));
    jobs_.push_back(LinkJob{{begin, begin + count}});
  }
  links_.clear();
  return true;
}

void ReplicaSession::count_wanted(const WantedFile& file) {
  ++counters_.files_wanted;
  counters_.bytes_wanted += file.size;
}

void ReplicaSession::want(WantedFile file, const std::optional<Place>& place) {
  if (!file.undecided) count_wanted(file);
  if (lost_.contains(file.id)) return;
  const EntryId id = file.id;
  Wanted& wanted = wanted_[id];
  wanted.file = std::move(file);
  const bool as_listed = !revised_.contains(id);
  if (as_listed && (wanted.file.has_basis || wanted.file.undecided)) return want_delta(wanted);
  if (as_listed && wanted.file.elsewhere) return seek(wanted, place);
  if (as_listed && place) return join_bundle(wanted, *place);
  move_in_ranges(wanted);
}

void ReplicaSession::join_bundle(Wanted& wanted, const Place& place) {
  Bundle& bundle = bundles_[place.bundle];
  bundle.wanted.emplace_back(place.index, wanted.file);
  bundle.bytes += wanted.file.size;
}

/// No more members will be found.
bool ReplicaSession::is_whole(const Bundle& bundle) const {
  return walk_ ? listed_ : bundle.closed && bundle.parts == 0;
}

void ReplicaSession::offer_bundle(std::uint64_t number) {
  const auto found = bundles_.find(number);
  if (!is_whole(found->second)) return;
  if (!found->second.wanted.empty())
    turns_.push_back(BundleTurn{number});
  else if (found->second.sought == 0)
    bundles_.erase(found);
}

void ReplicaSession::move_in_ranges(Wanted& wanted) {
  if (wanted.stage == Stage::unsummed) --whole_;
  abandon(wanted);
  if (const auto revised = revised_.find(wanted.file.id); revised != revised_.end()) {
    wanted.file.version = revised->second.version;
    wanted.file.size = revised->second.size;
    wanted.file.mtime = revised->second.mtime;
  }
  if (wanted.file.undecided) return want_delta(wanted);
  wanted.requested = wanted.written = 0;
  wanted.sum.reset();
  if (const auto known = sums_.find(wanted.file.id);
      known != sums_.end() && known->second.version == wanted.file.version)
    wanted.sum = known->second.sum;
  wanted.stage = Stage::queued;
  if (wanted.file.size > 0)
    turns_.push_back(FileTurn{wanted.file.id, wanted.file.version});
  else
    commit_if_whole(wanted);
}

void ReplicaSession::commit_if_whole(Wanted& wanted) {
  if (wanted.stage == Stage::committing || wanted.written < wanted.file.size) return;
  const bool known = wanted.sum || wanted.file.size == 0;
  if (wanted.stage != Stage::unsummed) {
    wanted.stage = Stage::unsummed;
    ++whole_;
  }
  if (!known) return;
  --whole_;
  wanted.stage = Stage::committing;
  wanted.begun = false;
  jobs_.push_back(CommitJob{wanted.file, wanted.sum});
}

void ReplicaSession::forget(EntryId id) {
  const auto found = wanted_.find(id);
  if (found == wanted_.end()) return;
  if (found->second.stage == Stage::unsummed) --whole_;
  abandon(found->second);
  wanted_.erase(found);
}

void ReplicaSession::abandon(Wanted& wanted) {
  const bool delta = wanted.stage == Stage::delta;
  leave_delta(wanted);
  if (std::exchange(wanted.begun, false)) jobs_.push_back(AbandonJob{wanted.file.id, wanted.file.version, delta});
}

// --- asking ---------------------------------------------------------------------------------------------------------

void ReplicaSession::schedule() {
  while (state_ == State::running && !turns_.empty() && requests_sent_ < requests_limit_) {
    const Asked asked = std::visit([this](const auto& turn) { return request(turn); }, turns_.front());
    if (asked == Asked::no_room) return;
    if (asked == Asked::all) turns_.pop_front();
  }
}

ReplicaSession::Asked ReplicaSession::request(const BundleTurn& turn) {
  const auto found = bundles_.find(turn.bundle);
  if (found == bundles_.end() || found->second.wanted.empty()) return Asked::all;  // another turn took them
  Bundle& bundle = found->second;
  const std::uint64_t reserve = kHeaderRoom + kMemberRoom * bundle.wanted.size() + bundle.bytes;
  if (reserved_ + reserve > window_) return Asked::no_room;
  std::sort(bundle.wanted.begin(), bundle.wanted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  BundleRequest wanted{turn.bundle, std::vector<bool>(bundle.wanted.back().first + 1)};
  std::vector<WantedFile> files;
  for (auto& [index, file] : bundle.wanted) {
    wanted.members[index] = true;
    files.push_back(std::move(file));
  }
  send_request(std::move(wanted), std::move(files), reserve);
  bundle.wanted.clear();
  bundle.bytes = 0;
  if (walk_) bundle.closed = false;  // more members may be found
  if (bundle.sought == 0) bundles_.erase(found);
  return Asked::all;
}

ReplicaSession::Asked ReplicaSession::request(const FileTurn& turn) {
  const auto found = wanted_.find(turn.file);
  if (found == wanted_.end() || found->second.file.version != turn.version) return Asked::all;  // no longer wanted
  Wanted& wanted = found->second;
  if (wanted.stage != Stage::queued && wanted.stage != Stage::moving) return Asked::all;
  const Range range{wanted.requested, std::min(kFilePiece, wanted.file.size - wanted.requested)};
  const std::uint64_t reserve = kHeaderRoom + range.length;
  if (reserved_ + reserve > window_) return Asked::no_room;
  send_request(RangesRequest{{{turn.file, turn.version, {range}}}}, {wanted.file}, reserve);
  wanted.stage = Stage::moving;
  wanted.requested += range.length;
  return wanted.requested == wanted.file.size ? Asked::all : Asked::part;
}

void ReplicaSession::send_request(Request request, std::vector<WantedFile> files, std::uint64_t reserve) {
  reserved_ += reserve;
  send(FrameType::request, encode(request), ++requests_sent_);
  outstanding_.emplace(requests_sent_, Outstanding{std::move(request), std::move(files), reserve, {}, false, false});
}

// --- answers --------------------------------------------------------------------------------------------------------

base::Result<void> ReplicaSession::on_answer(const Frame& frame) {
  const FrameHeader& header = frame.header;
  const auto found = outstanding_.find(header.stream);
  if (found == outstanding_.end() || found->second.answered) return broken("an answer that was not asked for");
  Outstanding& asked = found->second;
  PackedPayload& answer = asked.answer;
  if (header.offset != answer.bytes.size()) return broken("an answer out of order");
  if (header.offset == 0) {
    if (header.raw_length > asked.reserved) return broken("an answer larger than what was asked for");
    answer.raw_length = header.raw_length;
    answer.zstd = (header.flags & frame_flag::zstd) != 0;
    answer.bytes.reserve(std::min<std::size_t>(header.raw_length, frame.payload.size() * 8));
  }
  if (answer.bytes.size() + frame.payload.size() > answer.raw_length) return broken("an answer larger than announced");
  answer.bytes.insert(answer.bytes.end(), frame.payload.begin(), frame.payload.end());
  if ((header.flags & frame_flag::last) == 0) return {};
  asked.answered = true;
  if (std::holds_alternative<DigestRequest>(asked.request)) return on_digest_answer(header.stream);
  if (std::holds_alternative<ListingsRequest>(asked.request)) return on_listings_answer(header.stream);
  if (take_delta_answer(header.stream, asked)) return {};
  if (auto* bundle = std::get_if<BundleRequest>(&asked.request)) {
    jobs_.push_back(WriteBundleJob{header.stream, *bundle, std::move(asked.files), std::move(answer)});
  } else {
    const auto wanted = wanted_.find(asked.files.front().id);
    if (wanted == wanted_.end() || wanted->second.file.version != asked.files.front().version) {
      release(header.stream);  // the file has changed or is lost meanwhile
      schedule();
      finish_if_done();
      return {};
    }
    wanted->second.begun = true;
    jobs_.push_back(
        WriteRangesJob{header.stream, asked.files.front(), std::get<RangesRequest>(asked.request), std::move(answer)});
  }
  return {};
}

void ReplicaSession::release(std::uint32_t number) {
  const auto found = outstanding_.find(number);
  reserved_ -= found->second.reserved;
  outstanding_.erase(found);
}

void ReplicaSession::on_done(WriteBundleDone done) {
  release(done.number);
  for (std::size_t i = 0; i < done.files.size(); ++i) settle(done.files[i].id, done.outcomes[i], 1);
}

void ReplicaSession::on_done(WriteRangesDone done) {
  const auto asked = outstanding_.find(done.number);
  const std::uint64_t length = std::get<RangesRequest>(asked->second.request).items.front().ranges.front().length;
  release(done.number);
  const auto found = wanted_.find(done.file);
  if (found == wanted_.end() || found->second.file.version != done.version) return;
  if (done.outcome != FileOutcome::written) return settle(done.file, done.outcome, done.version);
  if (found->second.stage != Stage::moving) return;
  found->second.written += length;
  commit_if_whole(found->second);
}

void ReplicaSession::on_done(CommitDone done) { settle(done.file, done.outcome, done.version); }

void ReplicaSession::settle(EntryId id, FileOutcome outcome, Version version) {
  const auto found = wanted_.find(id);
  if (found == wanted_.end() || found->second.file.version != version) return;
  Wanted& wanted = found->second;
  switch (outcome) {
    case FileOutcome::same:
      if (!wanted.file.undecided) {
        --counters_.files_wanted;
        counters_.bytes_wanted -= wanted.file.size;
      }
      return forget(id);
    case FileOutcome::absent:
      return fetch_after_all(wanted);
    case FileOutcome::written:
      return forget(id);
    case FileOutcome::failed:
    case FileOutcome::unreadable:
      lost_.insert(id);
      return forget(id);
    case FileOutcome::changed: {
      if (lost_.contains(id)) return forget(id);
      if (wanted.stage == Stage::delta) abandon(wanted);
      wanted.stage = Stage::changed;
      const auto revised = revised_.find(id);
      if (revised != revised_.end() && revised->second.version > version) move_in_ranges(wanted);
      return;
    }
    case FileOutcome::bad_sum: {
      const bool again = !std::exchange(wanted.retried, true);
      if (again) return move_in_ranges(wanted);
      ++counters_.problems;
      send(FrameType::report, encode(Report{ReportKind::problem, id, base::ErrorKind::io, 0,
                                            "what arrived is not what the sum says, twice"}));
      lost_.insert(id);
      return forget(id);
    }
  }
}

}  // namespace g5ksync::proto
