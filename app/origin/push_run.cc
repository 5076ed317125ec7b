#include "app/origin/push_run.h"

#include <algorithm>
#include <thread>

#include "engine/exec/tbb.h"
#include "engine/exec/threads.h"

namespace g5ksync::app {
namespace {

constexpr std::size_t kAnswerCache = std::size_t{48} << 20;
constexpr std::uint32_t kHeartbeatMs = 500;
constexpr std::uint32_t kSilenceLimitMs = 15'000;  // an agent ends so long after its origin is gone
constexpr unsigned kMostLanes = 4;                 // a gateway gets so many connections at most
constexpr int kHandshakesAtOnce = 8;               // of all lanes

std::unique_ptr<base::Executor> make_executor(int jobs) {
#ifdef __SANITIZE_THREAD__
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  return std::make_unique<exec::ThreadExecutor>(jobs > 0 ? jobs : static_cast<int>(cores));
#else
  return exec::make_tbb_executor(jobs);
#endif
}

tree::ScanOptions scan_options(const PushOptions& options) {
  tree::ScanOptions scan;
  scan.one_file_system = options.tree.one_file_system;
  scan.modes = options.tree.chmod;
  return scan;
}

std::uint32_t flags_of(const TreeOptions& tree) {
  using namespace proto::run_flag;
  return (tree.checksum ? checksum : 0) | (tree.ignore_times ? ignore_times : 0) | (tree.size_only ? size_only : 0) |
         (tree.update ? update : 0) | (tree.delete_extra ? delete_extra : 0) |
         (tree.delete_excluded ? delete_excluded : 0) | (tree.force ? force : 0) | (tree.sparse ? sparse : 0) |
         (tree.hard_links ? hard_links : 0) | (tree.numeric_ids ? numeric_ids : 0) |
         (tree.detect_moves ? detect_moves : 0) | (tree.existing ? existing : 0) |
         (tree.ignore_existing ? ignore_existing : 0);
}

/// What arrives by name; nothing where the contents of a source are the destination's.
std::vector<std::string> root_names(const std::vector<tree::Source>& sources) {
  std::vector<std::string> names;
  for (const tree::Source& source : sources) {
    if (source.name.empty()) return {};
    names.push_back(source.name);
  }
  std::ranges::sort(names);
  return names;
}

proto::Start start_of(const PushOptions& options, const PushPlan& plan) {
  proto::Start start;
  start.destination = plan.destination;
  start.mask = options.mask;
  if (options.dry_run) start.flags |= proto::run_flag::dry_run;
  // verify tells of some changes in any case
  if (options.output.itemize || options.task == Task::verify) start.flags |= proto::run_flag::itemize;
  start.flags |= flags_of(options.tree);
  start.root_names = root_names(plan.sources);
  const bool names_left_out = start.root_names.size() > proto::kMostRootNames;
  if (names_left_out) start.root_names.clear();
  if (names_left_out || options.tree.checksum || options.tree.ignore_times || options.tree.size_only)
    start.flags |= proto::run_flag::all_listings;
  if (options.tree.max_delete) start.max_delete = static_cast<std::uint64_t>(*options.tree.max_delete) + 1;
  if (options.tree.delete_extra && !options.tree.delete_excluded) start.rules = plan.rules.texts();
  start.threads = static_cast<std::uint32_t>(options.jobs);
  start.silence_limit_ms = kSilenceLimitMs;
  start.heartbeat_ms = kHeartbeatMs;
  return start;
}

}  // namespace

PushRun::PushRun(const PushOptions& options, const PushPlan& plan, transport::Prompter& prompter)
    : plan_(plan),
      task_(options.task),
      started_(clock_.now()),
      executor_(make_executor(options.jobs)),
      publication_(
          options.mask, 1, [this] { wake_lanes(); },
          [this](const std::string& path, const base::Error& error) {
            add_problem({"", path, error, false});
          }),
      reader_(publication_, plan.sources),
      answers_(*executor_, reader_, kAnswerCache),
      context_{publication_, answers_, start_of(options, plan), options.connection.timeout} {
  if (!options.tree.numeric_ids)
    publication_.name_owners({[this](std::uint32_t uid) { return names_.user(uid); },
                              [this](std::uint32_t gid) { return names_.group(gid); }});
  if (options.tree.hard_links) publication_.group_links();
  if (only_compares(task_)) publication_.allow_empty_sources();
  for (const Problem& problem : plan.problems) publication_.problem(problem.path, problem.error);
  auto scan = tree::Scan::start(*executor_, plan.sources, plan.rules, scan_options(options), publication_);
  if (!scan) {
    failure_ = std::move(scan).error();
    return;
  }
  scan_ = std::move(*scan);
  start_lanes(options, prompter);
}

PushRun::~PushRun() {
  if (scan_) scan_->cancel();
  answers_.cancel();
  for (const auto& lane : lanes_) lane->stop({base::ErrorKind::interrupted, 0, "the run ends"});
  executor_->wait_idle();  // jobs refer to the lanes
  const std::scoped_lock lock(lanes_mutex_);
  lanes_.clear();
}

void PushRun::start_lanes(const PushOptions& options, transport::Prompter& prompter) {
  const std::size_t hosts = plan_.targets.size();
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t count = std::min<std::size_t>(hosts, std::clamp(cores / 2, 1u, kMostLanes));
  const int handshakes = std::max(1, kHandshakesAtOnce / static_cast<int>(count));
  const Lane::MakeDialer make_dialer = [connection = options.connection, handshakes, &prompter](transport::Loop& loop) {
    if (connection.local_transport) return transport::make_local_dialer(loop);
    transport::DialOptions dial;
    dial.ssh_config = connection.ssh_config;
    dial.connect_timeout = connection.timeout;
    dial.handshakes_at_once = handshakes;
    return transport::make_ssh_dialer(loop, dial, prompter);
  };
  std::vector<std::vector<LaneHost>> shares(count);
  hosts_.resize(hosts);
  for (std::size_t i = 0; i < hosts; ++i) {
    hosts_[i].name = plan_.targets[i].name;
    shares[i % count].push_back({i, plan_.targets[i].name, plan_.targets[i].ssh_name});
  }
  const std::scoped_lock lock(lanes_mutex_);
  const auto on_over = [this] {
    const std::scoped_lock over_lock(over_mutex_);
    lane_over_.notify_all();
  };
  for (auto& share : shares) lanes_.push_back(std::make_unique<Lane>(context_, std::move(share), make_dialer, on_over));
}

void PushRun::wake_lanes() noexcept {
  const std::scoped_lock lock(lanes_mutex_);
  for (const auto& lane : lanes_) lane->wake();
}

void PushRun::add_problem(Problem problem) {
  const std::scoped_lock lock(problems_mutex_);
  if (problem.host.empty()) ++source_problems_;
  problems_.push_back(std::move(problem));
}

bool PushRun::over() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->over(); });
}

bool PushRun::wait(std::chrono::milliseconds at_most) {
  std::unique_lock lock(over_mutex_);
  return lane_over_.wait_for(lock, at_most, [this] { return over(); });
}

void PushRun::stop(const base::Error& why) {
  if (scan_) scan_->cancel();
  for (const auto& lane : lanes_) lane->stop(why);
}

std::optional<Change> PushRun::change_of(const HostReport& told) const {
  constexpr std::size_t kItemized = 11;
  const std::string& text = told.report.text;
  std::string path = publication_.path_of(told.report.entry);
  if (told.report.kind == proto::ReportKind::deletion)
    return Change{told.host, only_compares(task_) ? "*only there" : "*deleting  ",
                  told.report.entry == tree::kRoot ? text : path + "/" + text, ""};
  if (told.report.kind != proto::ReportKind::change) return std::nullopt;
  return Change{told.host, text.substr(0, kItemized), std::move(path),
                text.size() > kItemized ? text.substr(kItemized) : std::string()};
}

RunStatus PushRun::look(std::vector<Problem>& problems, std::vector<Change>& changes) {
  std::vector<HostReport> reports;
  const bool ended = over();  // before the last collection, so that it misses nothing
  for (const auto& lane : lanes_) lane->collect(hosts_, reports);
  for (HostReport& told : reports) {
    if (auto change = change_of(told)) {
      changes.push_back(std::move(*change));
    } else {
      const int sys_errno = static_cast<int>(told.report.sys_errno);
      const bool of_all = told.report.kind == proto::ReportKind::notice && told.report.entry == tree::kRoot;
      problems.push_back({hosts_[told.host].name,
                          of_all ? std::string() : publication_.path_of(told.report.entry),
                          {told.report.error, sys_errno, std::move(told.report.text)},
                          told.report.kind == proto::ReportKind::notice});
    }
  }
  RunStatus status;
  status.task = task_;
  const proto::Totals totals = publication_.totals();
  status.listed = totals.listed;
  status.entries = totals.entries;
  status.files = totals.files;
  status.bytes = totals.bytes;
  status.encoded_raw = answers_.raw_bytes();
  status.encoded_packed = answers_.packed_bytes();
  {
    const std::scoped_lock lock(problems_mutex_);
    status.source_problems = source_problems_;
    std::move(problems_.begin(), problems_.end(), std::back_inserter(problems));
    problems_.clear();
  }
  if (!ended || final_seconds_ == 0) final_seconds_ = std::chrono::duration<double>(clock_.now() - started_).count();
  status.seconds = final_seconds_;
  status.hosts = hosts_;
  return status;
}

}  // namespace g5ksync::app
