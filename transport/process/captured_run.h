// A short program whose output is wanted, run without waiting for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "transport/loop.h"
#include "transport/process/child.h"

namespace g5ksync::transport {

struct RunOutput {
  std::string out;  // at most 256 KiB
  std::string err;  // at most 4 KiB
  int exit_status = 0;
};

/// Runs from construction; ended with its object. Its standard input is /dev/null. Not a Driver by itself: the owner
/// passes on the calls.
class CapturedRun {
 public:
  /// `deadline` is a moment of `clock`.
  CapturedRun(const base::Clock& clock, std::vector<std::string> argv, base::Nanos deadline);

  /// Moves on; true if anything happened.
  bool pump();
  void wait_for(std::vector<pollfd>& fds) const;
  base::Nanos next_deadline() const;
  /// Once it is over. Errors: timeout; whatever kept the program from starting.
  std::optional<base::Result<RunOutput>> take_result() { return std::exchange(result_, std::nullopt); }

 private:
  base::Result<void> start();
  bool drain(base::Fd& from, std::string& into, std::size_t capacity);

  const base::Clock& clock_;
  std::vector<std::string> argv_;
  base::Nanos deadline_;
  Child child_;
  base::Fd out_, err_;
  RunOutput output_;
  std::optional<base::Result<RunOutput>> result_;
  bool over_ = false;
};

}  // namespace g5ksync::transport
