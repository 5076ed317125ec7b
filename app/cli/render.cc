#include "app/cli/render.h"

#include <algorithm>
#include <cmath>

#include "app/cli/advice.h"
#include "app/cli/columns.h"
#include "app/cli/comparison.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

constexpr double kLongestEta = 100.0 * 3600;  // beyond, a guess says nothing

std::string rate_text(double rate) { return base::human_bytes(static_cast<std::uint64_t>(rate)) + "/s"; }

std::string eta_text(std::uint64_t bytes_left, double rate) {
  const double seconds = static_cast<double>(bytes_left) / rate;
  if (seconds > kLongestEta) return "ETA long";
  if (seconds < 59.5) return "ETA " + std::to_string(std::lround(std::ceil(seconds))) + "s";
  return "ETA " + base::human_duration(seconds);
}

/// "45 %  3.2 MiB/s  ETA 12s": what can be said of it; no guess from the first bytes. 100 % is for what is done.
std::string share_text(std::uint64_t done, std::uint64_t wanted, double rate) {
  std::string text;
  double share = 0;
  if (wanted > 0) {
    share = 100 * static_cast<double>(done) / static_cast<double>(wanted);
    text = std::to_string(std::min(99, static_cast<int>(share))) + " %";
  }
  if (rate >= 1) text += (text.empty() ? "" : "  ") + rate_text(rate);
  if (wanted > done && rate >= 1 && share >= 1) text += "  " + eta_text(wanted - done, rate);
  return text;
}

std::string done_words(const HostStatus& host) {
  const proto::Counters& counters = host.counters;
  const std::uint64_t others =
      counters.directories_made + counters.links_made + counters.nodes_made + counters.attributes_set;
  const std::string in = " in " + base::human_duration(host.seconds);
  const std::string deleted = counters.deleted == 0 ? "" : ", " + grouped(counters.deleted) + " deleted";
  const std::string problems =
      counters.problems == 0 ? ""
                             : ", " + grouped(counters.problems) + (counters.problems == 1 ? " problem" : " problems");
  if (counters.files_written > 0)
    return "done: " + counted(counters.files_written, "file") + " " + base::human_bytes(counters.bytes_written) +
           deleted + in + problems;
  if (counters.files_wanted > 0 && problems.empty())  // a dry run
    return "would write " + counted(counters.files_wanted, "file") + " " + base::human_bytes(counters.bytes_wanted) +
           deleted + in;
  if (others > 0) return "done: " + grouped(others) + (others == 1 ? " change" : " changes") + deleted + in + problems;
  if (!deleted.empty()) return "done: " + deleted.substr(2) + in + problems;
  return (problems.empty() ? "up to date" : "done: nothing written") + in + problems;
}

std::string comparing_words(const HostStatus& host, const RunStatus& run, double rate) {
  std::string text = "comparing " + grouped(host.counters.entries_compared);
  text += run.listed ? " of " + grouped(run.entries) + " entries" : " entries";
  return rate >= 1 ? text + "  " + rate_text(rate) : text;
}

std::string transferring_words(const HostStatus& host, double rate) {
  const proto::Counters& counters = host.counters;
  if (counters.bytes_wanted > 0) return share_text(counters.bytes_written, counters.bytes_wanted, rate);
  return "writing " + grouped(counters.files_written) + " of " + counted(counters.files_wanted, "file");
}

/// Where nothing is written: what goes on when all listings are compared.
std::string checking_words(const HostStatus& host, const RunStatus& run) {
  const std::uint64_t checked = host.counters.files_skipped + host.counters.files_wanted;
  if (run.task == Task::verify && checked < run.files)
    return "comparing content: " + grouped(checked) + " of " + counted(run.files, "file");
  return "looking for what is only there…";
}

struct Totals {
  std::size_t done = 0, failed = 0, behind = 0;  // behind: live hosts that are still comparing or before
  std::uint64_t written = 0, wanted = 0;
};

Totals totals_of(const RunStatus& run) {
  Totals totals;
  for (const HostStatus& host : run.hosts) {
    if (host.phase == HostPhase::failed) {
      ++totals.failed;
      continue;
    }
    totals.written += host.counters.bytes_written;
    totals.wanted += std::max(host.counters.bytes_wanted, host.counters.bytes_written);
    if (host.phase == HostPhase::done) ++totals.done;
    if (host.phase < HostPhase::transferring) ++totals.behind;
  }
  return totals;
}

std::string total_words(const RunStatus& run, double rate) {
  const Totals totals = totals_of(run);
  std::string text;
  if (run.hosts.size() > 1) text = std::to_string(totals.done) + " of " + std::to_string(run.hosts.size()) + " done";
  if (totals.failed > 0 && run.hosts.size() > 1) text += ", " + std::to_string(totals.failed) + " failed";
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : "  ") + part;
  };
  const bool sends = !only_compares(run.task);
  const bool known = run.listed && totals.behind == 0;  // how much there is to send
  if (sends && totals.done + totals.failed < run.hosts.size())
    add(share_text(totals.written, known ? totals.wanted : 0, rate));
  const std::string listed = grouped(run.entries) + " entries " + base::human_bytes(run.bytes);
  add(run.listed ? listed : "listing: " + listed);
  add(base::human_duration(run.seconds));
  return text;
}

/// How much a host's line is worth on a screen that cannot show all: less is more.
int rank(HostPhase phase) {
  switch (phase) {
    case HostPhase::transferring:
      return 0;
    case HostPhase::finishing:
      return 1;
    case HostPhase::comparing:
      return 2;
    case HostPhase::deploying:
      return 3;
    case HostPhase::connecting:
      return 4;
    case HostPhase::failed:
      return 5;
    case HostPhase::waiting:
      return 6;
    case HostPhase::done:
      return 7;
  }
  return 8;
}

/// The indexes of at most `room` hosts, in their own order. Failed ones come first, up to half of the room.
std::vector<std::size_t> shown_hosts(const RunStatus& run, std::size_t room) {
  std::vector<std::size_t> order(run.hosts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (order.size() <= room) return order;
  std::size_t failed = 0;
  std::vector<int> ranks;
  for (const HostStatus& host : run.hosts) {
    const bool first = host.phase == HostPhase::failed && failed < (room + 1) / 2;
    failed += first ? 1 : 0;
    ranks.push_back(first ? -1 : rank(host.phase));
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return ranks[a] < ranks[b]; });
  order.resize(room);
  std::sort(order.begin(), order.end());
  return order;
}

/// "… and 40 more: 30 done, 8 waiting, 2 at work".
std::string more_words(const RunStatus& run, const std::vector<std::size_t>& shown) {
  std::size_t done = 0, failed = 0, waiting = 0, working = 0, at = 0;
  for (std::size_t i = 0; i < run.hosts.size(); ++i) {
    if (at < shown.size() && shown[at] == i) {
      ++at;
      continue;
    }
    const HostPhase phase = run.hosts[i].phase;
    ++(phase == HostPhase::done      ? done
       : phase == HostPhase::failed  ? failed
       : phase == HostPhase::waiting ? waiting
                                     : working);
  }
  std::string parts;
  const auto add = [&parts](std::size_t count, const char* what) {
    if (count > 0) parts += (parts.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(done, "done");
  add(failed, "failed");
  add(waiting, "waiting");
  add(working, "at work");
  return "… and " + std::to_string(run.hosts.size() - shown.size()) + " more: " + parts;
}

Tone tone_of(const HostStatus& host) {
  if (host.phase == HostPhase::failed) return Tone::alarm;
  return host.counters.problems > 0 ? Tone::warning : Tone::plain;
}

std::string fitted(const std::string& text, const Screen& screen) {
  const std::size_t columns = screen.width > 1 ? screen.width - 1 : 1;
  return cut_to(screen.utf8 ? text : plain_ascii(text), columns, screen.utf8);
}

}  // namespace

std::string host_words(const HostStatus& host, const RunStatus& run, double rate) {
  const std::string detail = base::printable(host.detail);
  switch (host.phase) {
    case HostPhase::waiting:
      return "waiting";
    case HostPhase::connecting:
      return (detail.empty() ? "connecting" : detail) + "…";
    case HostPhase::deploying:
      if (host.agent_bytes > 0) return "sending agent  " + base::human_bytes(host.agent_bytes);
      return (detail.empty() ? "starting agent" : detail) + "…";
    case HostPhase::comparing:
      return comparing_words(host, run, rate);
    case HostPhase::transferring:
      return only_compares(run.task) ? checking_words(host, run) : transferring_words(host, rate);
    case HostPhase::finishing:
      return only_compares(run.task) ? checking_words(host, run) : "setting times and modes…";
    case HostPhase::done:
      return only_compares(run.task) ? comparison_words(host, run) : done_words(host);
    case HostPhase::failed:
      return "failed: " + (host.error ? what_happened("", *host.error) : std::string("no reason given"));
  }
  return {};
}

std::string finished_line(const HostStatus& host, const RunStatus& run) {
  return base::printable(host.name) + ": " + host_words(host, run, 0);
}

std::vector<Line> render(const RunStatus& run, const Rates& rates, const Screen& screen) {
  const std::size_t rows = screen.height > 2 ? screen.height - 1 : 1;
  const bool all = run.hosts.size() + 1 <= rows;
  const std::size_t room = all ? run.hosts.size() : rows > 2 ? rows - 2 : 0;
  const std::vector<std::size_t> shown = shown_hosts(run, room);
  std::size_t names = columns_of("total");
  for (const std::size_t i : shown) names = std::max(names, columns_of(base::printable(run.hosts[i].name)));
  names = std::min(names, std::max<std::size_t>(screen.width / 3, 5));
  const auto line = [&](const std::string& name, const std::string& words, Tone tone) {
    return Line{fitted(pad_right(cut_to(name, names, screen.utf8), names) + "  " + words, screen), tone};
  };
  std::vector<Line> lines;
  for (const std::size_t i : shown) {
    const HostStatus& host = run.hosts[i];
    const double rate = i < rates.hosts.size() ? rates.hosts[i] : 0;
    lines.push_back(line(base::printable(host.name), host_words(host, run, rate), tone_of(host)));
  }
  if (!all && room > 0) lines.push_back({fitted(more_words(run, shown), screen), Tone::plain});
  lines.push_back(line("total", total_words(run, rates.total), Tone::plain));
  return lines;
}

}  // namespace g5ksync::app
