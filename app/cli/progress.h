// The display while a run goes on. On a terminal: a block of lines, redrawn in place. Elsewhere: one line for each host
// that is done or failed. With -q: nothing but what is printed through it.
//
// Errors of the terminal are ignored: a run must not end because nobody watches.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/options.h"
#include "app/cli/render.h"
#include "app/cli/status.h"

namespace g5ksync::app {

/// How fast each host's content grows, over the last five seconds.
class RateMeter {
 public:
  /// `run.seconds` is the time; it does not run backwards.
  Rates sample(const RunStatus& run);

 private:
  struct Sample {
    double seconds;
    std::vector<std::uint64_t> written;
  };
  double rate_of(std::size_t host) const;

  std::deque<Sample> samples_;
};

enum class Stream { out, err };

struct ProgressOptions {
  int out_fd = 1, err_fd = 2;
  bool live = false;  // err_fd is a terminal that can be drawn on
  bool out_is_terminal = false;
  bool quiet = false;
  bool utf8 = false, color = false;
  std::function<Screen()> screen;  // asked before each drawing; only its size is used
};

/// From the environment: live on a terminal that is not TERM=dumb, UTF-8 by LC_ALL, LC_CTYPE or LANG, colour unless
/// NO_COLOR is set (no-color.org).
ProgressOptions progress_options(const OutputOptions& output);

/// One thread updates, prints and finishes; suspend() and resume() may come from any other (a question is asked there).
class Progress {
 public:
  explicit Progress(ProgressOptions options);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// What was printed is written out; a live block is wiped away.
  ~Progress();

  /// Call it several times a second; what is shown changes at most ten times a second, by run.seconds.
  void update(const RunStatus& run);
  /// A line (without newline, escaped by the caller) for one of the streams, above the live block; written with the
  /// next update(), or earlier when many have gathered. Also with -q.
  void print(Stream stream, std::string_view line);
  /// The last state, which stays on the screen; but that of a comparison goes. Afterwards the terminal belongs to the
  /// caller.
  void finish(const RunStatus& run);

  /// Wipes the live block; nothing is drawn or written until resume(): somebody else needs the terminal.
  void suspend();
  void resume();

 private:
  struct Pending {
    Stream stream;
    std::string line;
  };
  // With the lock held.
  void add(Stream stream, std::string_view line);
  void draw(const RunStatus& run);
  void print_finished(const RunStatus& run);
  void flush();
  void wipe();
  std::string wiped() const;
  std::string block_of(const std::vector<Line>& lines) const;
  void write(int fd, std::string_view text) const;
  bool in_background() const;

  ProgressOptions options_;
  std::mutex mutex_;  // guards all that follows
  RateMeter meter_;
  std::vector<Pending> pending_;
  std::size_t pending_bytes_ = 0;
  std::vector<Line> drawn_;  // the block on the screen
  std::vector<bool> told_;   // by host: its finished line was printed
  double last_drawing_ = -1;
  bool suspended_ = false;
};

}  // namespace g5ksync::app
