// The replica's half of the conversation: reads the log, decides what to ask for, hands work to the disk.
//
// Sans-I/O: frames come in by receive(), bytes go out of out(), work goes out by next_job() and comes back by done().
// Not thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/base/clock.h"
#include "proto/codec.h"
#include "proto/compression.h"
#include "proto/session/out_queue.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::proto {

class ReplicaSession {
 public:
  enum class State {
    waiting,  // for Start
    opening,  // start() is there: the owner opens the destination and calls begin() or fail()
    running,
    finishing,  // all content is there; FinishJob runs
    finished,   // Finish is queued; waits for Goodbye
    over,       // nothing more to say: send what out() holds and go
  };

  explicit ReplicaSession(Hello hello);
  ~ReplicaSession();

  base::Result<void> receive(const Frame& frame);
  /// Queues progress when it is due.
  void tick(base::Nanos now);
  OutQueue& out() { return out_; }

  State state() const { return state_; }
  const std::optional<Start>& start() const { return start_; }
  /// How it learns what the source has: all of it, or what differs from the digests of what is there.
  enum class Listings { all, by_digest };
  /// The destination is open. Credits are filled in here. A run that Start wants all listings for gets them.
  void begin(Ready ready, Listings listings);
  /// Ends the conversation with a reason, which the origin is told.
  void fail(const base::Error& error);

  /// Work that can start now. Every job comes back once by done().
  std::optional<DiskJob> next_job();
  void done(DiskResult result);

  /// For Finish: asked for when the last job is done.
  void set_usage(std::uint64_t peak_memory, std::uint64_t cpu_micros);
  const Counters& counters() const { return counters_; }

 private:
  struct Bundle {
    bool closed = false;
    std::uint32_t parts = 0;  // listing parts with members here that are not compared yet
    std::uint32_t members = 0;
    std::vector<std::pair<std::uint32_t, WantedFile>> wanted;
    std::uint64_t bytes = 0;
    std::uint32_t sought = 0;  // members that may be at the destination already: asked for when that is known
  };
  struct Place {  // in the numbering of bundles
    std::uint64_t bundle = 0;
    std::uint32_t index = 0;
  };
  enum class Stage { bundled, delta, queued, moving, unsummed, changed, committing };
  struct Wanted {
    WantedFile file;
    Stage stage = Stage::bundled;
    std::uint64_t requested = 0, written = 0;
    std::optional<Sum> sum;
    bool retried = false;
    bool begun = false;          // the disk holds a part of it
    std::optional<Place> place;  // of one that is sought
  };
  struct Outstanding {
    Request request;
    std::vector<WantedFile> files;
    std::uint64_t reserved = 0;
    PackedPayload answer;
    bool answered = false;
    bool delta = false;  // ranges: literals of a delta
  };
  struct BundleTurn {
    std::uint64_t bundle = 0;
  };
  struct FileTurn {
    EntryId file = 0;
    Version version = 1;
  };
  struct ListingsTurn {
    ListingsRequest request;
  };
  struct DigestTurn {};
  struct DeltaTurn {
    Request request;
    std::vector<WantedFile> files;
    std::uint64_t reserve = 0;
  };

  base::Result<void> dispatch(const Frame& frame);
  base::Result<void> on_start(base::ByteView payload);
  base::Result<void> on_log(const Frame& frame);
  base::Result<void> on_answer(const Frame& frame);
  base::Result<void> on_credit(base::ByteView payload);
  base::Result<void> on_goodbye(base::ByteView payload);

  base::Result<base::Bytes> unpack(const Frame& frame, std::uint64_t received, std::uint64_t limit);
  base::Result<void> on_record(LogRecord record);
  base::Result<void> on_listings(const Frame& frame);
  base::Result<void> on_listing_record(LogRecord record);
  base::Result<std::shared_ptr<ListingPart>> take_listing(DirectoryRecord record);
  void compare(std::shared_ptr<ListingPart> part);
  void allow_comparing(EntryId directory);
  void on_totals(const ListedRecord& totals);
  void on_version(const VersionRecord& record);
  void on_sum(const SumRecord& record);
  void on_unreadable(const UnreadableRecord& record);
  void enter_links(const std::shared_ptr<ListingPart>& part);
  bool give_out_links();
  void enter_bundles(const ListingPart& part);
  void close_bundle();
  void offer_bundle(std::uint64_t number);
  bool is_whole(const Bundle& bundle) const;

  // replica_walk.cc: down the tree by digests
  struct Walk;
  void begin_walk();
  base::Result<void> on_digest_answer(std::uint32_t number);
  base::Result<void> on_listings_answer(std::uint32_t number);
  base::Result<void> walk_into(const ListingsRequest& request, const ListingsAnswer& answer);
  void on_done(DigestDone done);
  Scanned scanned_in(EntryId directory) const;
  void descend(const ListingPart& part);
  void walk_on();
  void ask_for_listings(std::vector<EntryId> directories, std::uint32_t skip);

  // replica_moves.cc: files whose content may be at the destination under another name
  void know_what_is_there();
  void seek(Wanted& wanted, const std::optional<Place>& place);
  void fetch_after_all(Wanted& wanted);
  void end_search(Wanted& wanted);

  // replica_delta.cc: files that have a basis
  void want_delta(Wanted& wanted);
  void leave_delta(Wanted& wanted);
  /// The disk drops what it holds of it.
  void abandon(Wanted& wanted);
  void drive_deltas();
  void ask_for_sums(std::set<EntryId>& waiting, bool first_level);
  void take_in_hand(std::uint64_t size);
  void give_back(std::uint64_t size);
  bool hands_full() const;
  void ask_for_steps();
  void on_done(DeltaDone done);
  bool take_delta_answer(std::uint32_t number, Outstanding& asked);

  void on_done(CompareDone done);
  void on_done(WriteBundleDone done);
  void on_done(WriteRangesDone done);
  void on_done(CommitDone done);
  void on_done(PlainDone) {}
  void count_wanted(const WantedFile& file);
  void want(WantedFile file, const std::optional<Place>& place);
  void join_bundle(Wanted& wanted, const Place& place);
  void settle(EntryId id, FileOutcome outcome, Version version);
  void move_in_ranges(Wanted& wanted);
  void commit_if_whole(Wanted& wanted);
  void forget(EntryId id);

  void schedule();
  enum class Asked { all, part, no_room };
  Asked request(const BundleTurn& turn);
  Asked request(const FileTurn& turn);
  Asked request(const ListingsTurn& turn);
  Asked request(const DigestTurn& turn);
  Asked request(const DeltaTurn& turn);
  void send_request(Request request, std::vector<WantedFile> files, std::uint64_t reserve);
  void release(std::uint32_t number);
  void extend_credit();
  void finish_if_done();
  void send(FrameType type, base::Bytes payload, std::uint32_t stream = 0);

  State state_ = State::waiting;
  std::optional<Start> start_;
  Counters counters_;
  OutQueue out_;
  Unpacker unpacker_;
  LogReader log_;
  std::deque<DiskJob> jobs_;
  std::size_t jobs_out_ = 0;

  std::uint64_t log_received_ = 0, log_limit_ = 0;
  std::uint64_t listings_received_ = 0, listings_limit_ = 0;
  std::optional<LogReader> listings_;   // where all of them come
  std::unique_ptr<Walk> walk_;          // where they are asked for
  std::map<EntryId, EntryId> entries_;  // those listed: first, and one past the last, of each part
  std::uint64_t time_unit_ = 1;
  bool sets_owner_ = true;
  bool rooted_ = false, listed_ = false;
  std::unordered_set<EntryId> comparable_;  // directories whose own entry has been compared
  struct Listed {
    bool begun = false;     // some part was seen
    std::string last_name;  // the next part's names are after it
  };
  bool looks_first_ = false;    // takes all listings, and learns what is there before it compares any
  bool root_contents_ = false;  // the root is a source itself; else other things in it are not the run's business
  bool source_failed_ = false;
  std::unordered_map<EntryId, Listed> unlisted_;  // directories whose listing is not complete
  std::unordered_map<EntryId, std::vector<std::shared_ptr<ListingPart>>> early_;  // listings that wait for that
  std::size_t uncompared_ = 0;                                                    // entries
  std::map<std::uint64_t, Bundle> bundles_;
  std::uint64_t open_bundle_ = 0;

  std::set<EntryId> to_sum_, to_open_;   // files that wait for their turn to be compared by sums; or opened
  std::map<EntryId, DeltaStep> to_ask_;  // steps that wait for others to be asked for together
  struct InHand {
    std::uint64_t bytes = 0, small_bytes = 0;
  };
  InHand in_hand_;  // files of the delta; of small ones the disk has the basis in memory
  std::uint64_t to_ask_bytes_ = 0;
  std::size_t sums_out_ = 0;  // requests

  std::unordered_map<EntryId, Wanted> wanted_;
  std::unordered_map<EntryId, VersionRecord> revised_;  // these two for entries not compared yet, too
  std::unordered_map<EntryId, SumRecord> sums_;
  std::size_t whole_ = 0;             // wanted files that wait only for the log
  std::unordered_set<EntryId> lost_;  // the source cannot read them, or the disk refused them
  std::deque<std::variant<DigestTurn, ListingsTurn, DeltaTurn, BundleTurn, FileTurn>> turns_;  // what to ask for next
  std::unordered_map<std::uint32_t, Outstanding> outstanding_;
  std::uint32_t requests_sent_ = 0, requests_limit_ = 0;
  std::uint64_t reserved_ = 0, window_ = 0;

  std::unordered_map<std::uint64_t, LinkTask> leaders_;  // by link group: only the leader's half counts
  std::vector<LinkTask> links_;

  std::uint64_t peak_memory_ = 0, cpu_micros_ = 0;
  std::optional<base::Nanos> last_tick_;
};

}  // namespace g5ksync::proto
