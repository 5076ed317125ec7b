#include "tests/app/run/simulation.h"

#include <algorithm>
#include <stdexcept>

namespace g5ksync::test {
namespace {

constexpr std::size_t kMostSteps = 2'000'000;
constexpr std::size_t kSmallCache = std::size_t{2} << 20;  // laggards have it packed again

proto::Start start_for(const std::string& destination, std::size_t number, std::uint32_t flags) {
  proto::Start start;
  start.run_id = std::string(15, 'a') + static_cast<char>('0' + number % 10);
  start.destination = destination;
  start.flags = flags;
  start.heartbeat_ms = 500;
  start.silence_limit_ms = 15'000;
  return start;
}

}  // namespace

bool RandomExecutor::run_one() {
  if (jobs_.empty()) return false;
  const std::size_t at = std::uniform_int_distribution<std::size_t>(0, jobs_.size() - 1)(random_);
  std::function<void()> job = std::move(jobs_[at]);
  jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(at));
  job();
  return true;
}

bool SimulatedReplica::over() const {
  return unplugged || broken || (replica->state() == proto::ReplicaSession::State::over && replica->out().empty());
}

Simulation::Simulation(std::uint64_t seed, const std::string& source, const std::vector<std::string>& destinations,
                       std::uint32_t run_flags)
    : random_(seed),
      executor_(random_),
      publication_(
          {}, 1, [] {},
          [this](const std::string& path, const base::Error& error) {
            problems_.push_back(path + ": " + error.message());
          }),
      reader_(publication_, sources_),
      answers_(executor_, reader_, kSmallCache) {
  auto root = fs::open_root(source);
  if (!root) throw std::runtime_error(root.error().message());
  sources_.push_back({std::move(*root), ""});
  if ((run_flags & proto::run_flag::hard_links) != 0) publication_.group_links();
  for (const std::string& destination : destinations) {
    auto one = std::make_unique<SimulatedReplica>();
    one->destination = destination;
    one->source =
        std::make_unique<proto::SourceSession>(publication_, start_for(destination, replicas_.size(), run_flags));
    one->replica = std::make_unique<proto::ReplicaSession>(proto::Hello{});
    replicas_.push_back(std::move(one));
  }
  auto scan = tree::Scan::start(executor_, sources_, rules_, {}, publication_);
  if (!scan) throw std::runtime_error(scan.error().message());
  scan_ = std::move(*scan);
}

bool Simulation::run() {
  for (std::size_t number = 0; number < kMostSteps; ++number) {
    before_step(number);
    if (std::all_of(replicas_.begin(), replicas_.end(), [](const auto& one) { return one->over(); })) return true;
    if (!step() && !step()) return false;  // the first may have asked for work without moving a byte
  }
  return false;
}

std::string Simulation::describe() const {
  std::string text;
  for (const auto& one : replicas_) {
    const proto::Counters& counted = one->replica->counters();
    text += one->destination + ": source " + std::to_string(static_cast<int>(one->source->state())) + ", replica " +
            std::to_string(static_cast<int>(one->replica->state())) + ", " + std::to_string(one->jobs.size()) +
            " jobs, compared " + std::to_string(counted.entries_compared) + ", written " +
            std::to_string(counted.files_written) + " of " + std::to_string(counted.files_wanted) + ", problems " +
            std::to_string(counted.problems) + (one->broken ? ", " + one->broken->message() : "") + "\n";
  }
  return text + std::to_string(publication_.totals().entries) + " entries published";
}

/// Draws what to do until something moves; false if nothing can.
bool Simulation::step() {
  const std::size_t count = replicas_.size();
  const std::size_t first = draw(3 * count + 1);
  for (std::size_t turn = 0; turn <= 3 * count; ++turn) {
    const std::size_t choice = (first + turn) % (3 * count + 1);
    if (choice == 3 * count) {
      if (executor_.run_one()) return true;
      continue;
    }
    const std::size_t i = choice / 3;
    if (replicas_[i]->over()) continue;
    const bool moved = choice % 3 == 0 ? move_to_replica(i) : choice % 3 == 1 ? move_to_source(i) : work(*replicas_[i]);
    if (moved) return true;
  }
  return false;
}

bool Simulation::move_to_replica(std::size_t i) {
  SimulatedReplica& one = *replicas_[i];
  one.source->produce(base::Nanos(0));
  while (auto ask = one.source->next_ask())
    answers_.get(ask->request, [&one, number = ask->number](auto answer) {
      if (answer)
        one.source->answer(number, std::move(*answer));
      else
        one.broken = answer.error();
    });
  const base::ByteView waiting = one.source->out().front();
  if (waiting.empty()) return false;
  const std::span<std::byte> space = one.to_replica.space();
  const std::size_t count = std::min({waiting.size(), space.size(), draw(200'000) + 1});
  base::Bytes bytes(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
  one.source->out().consume(count);
  tamper(i, bytes);
  std::copy(bytes.begin(), bytes.end(), space.begin());
  one.to_replica.commit(count);
  for (;;) {
    auto frame = one.to_replica.next();
    if (frame && !*frame) return true;
    const auto received = frame ? one.replica->receive(**frame) : base::Result<void>(base::Failure(frame.error()));
    if (received) continue;
    one.broken = received.error();
    return true;
  }
}

bool Simulation::move_to_source(std::size_t i) {
  SimulatedReplica& one = *replicas_[i];
  const base::ByteView waiting = one.replica->out().front();
  if (waiting.empty()) return false;
  const std::span<std::byte> space = one.to_source.space();
  const std::size_t count = std::min({waiting.size(), space.size(), draw(500) + 1});
  std::copy_n(waiting.begin(), count, space.begin());
  one.replica->out().consume(count);
  one.to_source.commit(count);
  for (;;) {
    auto frame = one.to_source.next();
    if (frame && !*frame) break;
    const auto received = frame ? one.source->receive(**frame) : base::Result<void>(base::Failure(frame.error()));
    if (received) continue;
    one.broken = received.error();
    break;
  }
  for (proto::Report& report : one.source->take_reports()) one.reports.push_back(std::move(report));
  return true;
}

bool Simulation::work(SimulatedReplica& one) {
  if (one.replica->state() == proto::ReplicaSession::State::opening) {
    auto place = app::Destination::open(*one.replica->start(), "");
    if (!place) {
      one.replica->fail(place.error());
      return true;
    }
    one.place = std::move(*place);
    one.disk = std::make_unique<app::Disk>(*one.place);
    proto::Ready ready;
    ready.time_unit = one.place->time_unit();
    one.replica->begin(
        ready, one.place->empty() ? proto::ReplicaSession::Listings::all : proto::ReplicaSession::Listings::by_digest);
    return true;
  }
  while (auto job = one.replica->next_job()) one.jobs.push_back(std::move(*job));
  if (one.jobs.empty()) return false;
  const auto at = one.jobs.begin() + static_cast<std::ptrdiff_t>(draw(one.jobs.size()));
  proto::DiskJob job = std::move(*at);
  one.jobs.erase(at);
  before_job(job);
  one.replica->done(one.disk->run(std::move(job)));
  return true;
}

}  // namespace g5ksync::test
