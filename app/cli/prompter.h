// Questions to the person at the terminal.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "transport/dialer.h"

namespace g5ksync::app {

/// What surrounds a question: the progress display makes room, and comes back.
struct PromptHooks {
  std::function<void()> before, after;
};

/// Asks on the controlling terminal, one question at a time, whichever threads they come from; the same question once
/// in the prompter's life. What is typed for a secret is not shown. Ctrl-C (and cancel()) end the question without an
/// answer; Ctrl-C then interrupts the program as usual. Signals that end the program put the terminal right first. In a
/// background job, or without a terminal: no answer.
class TerminalPrompter final : public transport::Prompter {
 public:
  explicit TerminalPrompter(PromptHooks hooks, std::string terminal = "/dev/tty");

  ~TerminalPrompter() override;

  /// Nothing on Ctrl-C, on Ctrl-D in an empty line, and without a terminal.
  std::optional<std::string> secret(const std::string& prompt, const Fits& fits) override;
  /// Asks again for what is neither yes nor no (y, n; in any case); false without an answer.
  bool confirm(const std::string& question) override;

  /// From now on every question, the present one included, is left without an answer. Any thread, also in a signal
  /// handler.
  void cancel() noexcept { cancelled_ = true; }

 private:
  enum class Echo { on, off };
  bool ask_yes_or_no(const std::string& question);
  std::optional<std::string> ask(const std::string& prompt, Echo echo);

  PromptHooks hooks_;
  std::string terminal_;
  std::mutex mutex_;                                           // held while a question is open
  std::map<std::string, std::optional<std::string>> secrets_;  // by prompt; nothing where the person gave up
  std::map<std::string, bool> confirmed_;                      // by question
  std::atomic<bool> cancelled_{false};
};

/// --batch: nobody is asked.
class BatchPrompter final : public transport::Prompter {
 public:
  std::optional<std::string> secret(const std::string&, const Fits&) override { return std::nullopt; }
  bool confirm(const std::string&) override { return false; }
};

}  // namespace g5ksync::app
