#include "app/origin/lane.h"

#include <algorithm>

#include "engine/base/random.h"

namespace g5ksync::app {
namespace {

constexpr base::Nanos kTick = std::chrono::milliseconds(100);

}  // namespace

Lane::Lane(RunContext& context, std::vector<LaneHost> hosts, MakeDialer make_dialer, std::function<void()> on_over)
    : context_(context),
      hosts_(std::move(hosts)),
      make_dialer_(std::move(make_dialer)),
      on_over_(std::move(on_over)),
      loop_(clock_) {
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    runs_.push_back(std::make_unique<HostRun>(context_, hosts_[i].name, base::random_hex(16),
                                              [this, i](std::uint32_t number, auto answer) {
                                                {
                                                  const std::scoped_lock lock(mutex_);
                                                  deliveries_.push_back({i, number, std::move(answer)});
                                                }
                                                loop_.wake();
                                              }));
    states_.push_back(runs_.back()->status());
  }
  thread_ = std::thread([this] { run(); });
}

Lane::~Lane() {
  stop({base::ErrorKind::interrupted, 0, "the run ends"});
  thread_.join();
}

void Lane::stop(const base::Error& why) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stop_) stop_ = why;
  }
  loop_.wake();
}

void Lane::run() {
  {
    const auto dialer = make_dialer_(loop_);
    for (std::size_t i = 0; i < runs_.size(); ++i) runs_[i]->start(*dialer, hosts_[i].ssh_name, clock_.now());
    while (turn()) {
    }
    publish_status();
    for (auto& run : runs_) run.reset();  // channels end before their dialer
  }
  over_ = true;
  on_over_();
}

bool Lane::turn() {
  deliver();
  const base::Nanos now = clock_.now();
  bool moved = false, all_over = true;
  for (auto& run : runs_) {
    if (run->over()) continue;
    moved = run->turn(now) || moved;
    all_over = all_over && run->over();
  }
  publish_status();
  if (all_over) return false;
  (void)loop_.turn(moved ? base::Nanos(0) : kTick);  // a failed poll is no more than a short turn
  return true;
}

void Lane::deliver() {
  std::vector<Delivery> deliveries;
  std::optional<base::Error> stop;
  {
    const std::scoped_lock lock(mutex_);
    deliveries.swap(deliveries_);
    stop = stop_;
  }
  for (Delivery& delivery : deliveries) runs_[delivery.host]->take_answer(delivery.number, std::move(delivery.answer));
  if (!stop) return;
  for (auto& run : runs_) run->stop(*stop, clock_.now());
}

void Lane::publish_status() {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    states_[i] = runs_[i]->status();
    for (proto::Report& report : runs_[i]->take_reports()) reports_.push_back({hosts_[i].index, std::move(report)});
  }
}

void Lane::collect(std::vector<HostStatus>& all, std::vector<HostReport>& reports) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < hosts_.size(); ++i) all[hosts_[i].index] = states_[i];
  std::move(reports_.begin(), reports_.end(), std::back_inserter(reports));
  reports_.clear();
}

}  // namespace g5ksync::app
