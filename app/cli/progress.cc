#include "app/cli/progress.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "app/cli/columns.h"

namespace g5ksync::app {
namespace {

constexpr double kWindow = 5, kDrawEvery = 0.1;  // seconds
constexpr std::size_t kPendingMost = std::size_t{64} << 10,
                      kSuspendedMost = std::size_t{16} << 20;  // bytes of printed lines

Screen screen_of(int fd) {
  winsize size{};
  Screen screen;
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return screen;
  if (size.ws_col > 0) screen.width = size.ws_col;
  if (size.ws_row > 0) screen.height = size.ws_row;
  return screen;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool locale_is_utf8() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (locale.empty()) locale = environment(name);
  for (const char* spelling : {"UTF-8", "utf8", "UTF8", "utf-8"})
    if (locale.find(spelling) != std::string::npos) return true;
  return false;
}

std::string painted(const Line& line, bool color) {
  if (!color || line.tone == Tone::plain) return line.text;
  return (line.tone == Tone::alarm ? "\033[31m" : "\033[33m") + line.text + "\033[0m";
}

}  // namespace

Rates RateMeter::sample(const RunStatus& run) {
  Sample now{run.seconds, {}};
  for (const HostStatus& host : run.hosts) now.written.push_back(host.counters.bytes_written);
  if (!samples_.empty() && samples_.front().written.size() != now.written.size()) samples_.clear();
  samples_.push_back(std::move(now));
  while (samples_.size() > 2 && samples_[1].seconds <= run.seconds - kWindow) samples_.pop_front();
  Rates rates;
  for (std::size_t i = 0; i < run.hosts.size(); ++i) {
    rates.hosts.push_back(rate_of(i));
    rates.total += rates.hosts.back();
  }
  return rates;
}

/// The time before a host's first byte says nothing about its speed: its rate starts with its last sample of none.
double RateMeter::rate_of(std::size_t host) const {
  std::size_t first = 0;
  while (first + 1 < samples_.size() && samples_[first + 1].written[host] == 0) ++first;
  const Sample &from = samples_[first], &to = samples_.back();
  if (to.seconds <= from.seconds || to.written[host] <= from.written[host]) return 0;
  return static_cast<double>(to.written[host] - from.written[host]) / (to.seconds - from.seconds);
}

ProgressOptions progress_options(const OutputOptions& output) {
  ProgressOptions options;
  options.quiet = output.quiet;
  options.live = !output.quiet && ::isatty(options.err_fd) != 0 && environment("TERM") != "dumb";
  options.out_is_terminal = ::isatty(options.out_fd) != 0;
  options.utf8 = locale_is_utf8();
  options.color = environment("NO_COLOR").empty();
  options.screen = [fd = options.err_fd] { return screen_of(fd); };
  return options;
}

Progress::Progress(ProgressOptions options) : options_(std::move(options)) {
  if (!options_.screen) options_.screen = [] { return Screen{}; };
}

Progress::~Progress() {
  wipe();
  flush();
}

void Progress::update(const RunStatus& run) {
  const std::scoped_lock lock(mutex_);
  if (last_drawing_ >= 0 && run.seconds - last_drawing_ < kDrawEvery) return;
  last_drawing_ = run.seconds;
  draw(run);
}

void Progress::print(Stream stream, std::string_view line) {
  const std::scoped_lock lock(mutex_);
  add(stream, line);
}

void Progress::add(Stream stream, std::string_view line) {
  pending_.push_back({stream, std::string(line)});
  pending_bytes_ += line.size() + sizeof(Pending);
  if (pending_bytes_ > (suspended_ ? kSuspendedMost : kPendingMost)) flush();
}

void Progress::finish(const RunStatus& run) {
  const std::scoped_lock lock(mutex_);
  suspended_ = false;
  if (only_compares(run.task)) {  // the report says it all again
    wipe();
    return flush();
  }
  draw(run);
  drawn_.clear();
}

void Progress::suspend() {
  const std::scoped_lock lock(mutex_);
  wipe();
  suspended_ = true;
}

void Progress::resume() {
  const std::scoped_lock lock(mutex_);
  suspended_ = false;
  last_drawing_ = -1;
}

void Progress::draw(const RunStatus& run) {
  if (suspended_) return;
  const bool drawing = options_.live && !in_background();
  if (!options_.live && !options_.quiet && !only_compares(run.task)) print_finished(run);  // the report says the same
  if (!drawing) return flush();
  const Rates rates = meter_.sample(run);
  Screen screen = options_.screen();
  screen.utf8 = options_.utf8;
  std::vector<Line> lines = render(run, rates, screen);
  const auto same = [](const Line& a, const Line& b) { return a.text == b.text && a.tone == b.tone; };
  if (pending_.empty() && std::equal(lines.begin(), lines.end(), drawn_.begin(), drawn_.end(), same)) return;
  // One write a frame where it is one terminal: the block never disappears in between.
  const bool to_terminal = options_.out_is_terminal;
  std::string frame = wiped();
  for (const Pending& pending : pending_) {
    if (pending.stream == Stream::err || to_terminal)
      frame += pending.line + "\033[K\n";
    else
      write(options_.out_fd, pending.line + "\n");
  }
  pending_.clear();
  pending_bytes_ = 0;
  write(options_.err_fd, frame + block_of(lines) + "\033[J");
  drawn_ = std::move(lines);
}

void Progress::print_finished(const RunStatus& run) {
  told_.resize(run.hosts.size());
  for (std::size_t i = 0; i < run.hosts.size(); ++i) {
    const HostStatus& host = run.hosts[i];
    if (told_[i] || (host.phase != HostPhase::done && host.phase != HostPhase::failed)) continue;
    told_[i] = true;
    const std::string line = finished_line(host, run);
    add(Stream::out, options_.utf8 ? line : plain_ascii(line));
  }
}

void Progress::flush() {
  if (pending_.empty()) return;
  wipe();
  std::string text;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    text += pending_[i].line + "\n";
    if (i + 1 < pending_.size() && pending_[i + 1].stream == pending_[i].stream) continue;
    write(pending_[i].stream == Stream::out ? options_.out_fd : options_.err_fd, text);
    text.clear();
  }
  pending_.clear();
  pending_bytes_ = 0;
}

void Progress::wipe() {
  if (!drawn_.empty()) write(options_.err_fd, wiped() + "\033[J");
  drawn_.clear();
}

/// Moves to where the block begins. A terminal that became narrower has wrapped its lines: count the rows they take
/// now.
std::string Progress::wiped() const {
  const std::size_t width = std::max<std::size_t>(options_.screen().width, 1);
  std::size_t rows = 0;
  for (const Line& line : drawn_) rows += std::max<std::size_t>(1, (columns_of(line.text) + width - 1) / width);
  return rows == 0 ? "\r" : "\r\033[" + std::to_string(rows) + "A";
}

std::string Progress::block_of(const std::vector<Line>& lines) const {
  std::string text;
  for (const Line& line : lines) text += painted(line, options_.color) + "\033[K\n";
  return text;
}

void Progress::write(int fd, std::string_view text) const {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      if (::poll(&ready, 1, 1000) <= 0) return;
    } else if (errno != EINTR) {
      return;
    }
  }
}

/// A job in the background must not draw over the shell's lines.
bool Progress::in_background() const {
  const pid_t foreground = ::tcgetpgrp(options_.err_fd);
  return foreground > 0 && foreground != ::getpgrp();
}

}  // namespace g5ksync::app
