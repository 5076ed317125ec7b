// What the live display shows, as a pure function: the run's status in, lines of text out.
#pragma once

#include <string>
#include <vector>

#include "app/cli/status.h"

namespace g5ksync::app {

struct Screen {
  std::size_t width = 80, height = 24;  // columns and rows
  bool utf8 = false;                    // of the locale
};

/// Bytes of content a second, over the last few seconds.
struct Rates {
  double total = 0;
  std::vector<double> hosts;  // in the order of RunStatus::hosts; missing ones count as 0
};

enum class Tone { plain, warning, alarm };

struct Line {
  std::string text;  // escaped for the terminal, at most width - 1 columns, no newline
  Tone tone = Tone::plain;
};

/// A line for each host and one for the whole run, at most height - 1 in all. When there are more hosts than that,
/// those that failed (at most half of the lines) and those that are at work are shown, with a line that counts the
/// others.
std::vector<Line> render(const RunStatus& run, const Rates& rates, const Screen& screen);

/// What one host is doing, in words: "comparing 12,345 entries", "45 %  3.2 MiB/s  ETA 12s", "done: 310 files 12.0 MiB
/// in 3.2s", "failed: connection timed out". Escaped; may hold "…".
std::string host_words(const HostStatus& host, const RunStatus& run, double rate);

/// The plain line of a host that is done or failed, where no live display is possible: "nancy: up to date in 0.4s".
std::string finished_line(const HostStatus& host, const RunStatus& run);

}  // namespace g5ksync::app
