// Who answers questions in this run: the person at the terminal, or with --batch nobody.
#pragma once

#include "app/cli/options.h"
#include "app/cli/prompter.h"

namespace g5ksync::app {

class Questions {
 public:
  Questions(const ConnectionOptions& connection, PromptHooks hooks)
      : batch_(connection.batch), terminal_(std::move(hooks)) {}
  transport::Prompter& prompter() {
    if (batch_) return nobody_;
    return terminal_;
  }
  /// An open question ends without an answer, and so does every later one.
  void cancel() { terminal_.cancel(); }

 private:
  bool batch_;
  BatchPrompter nobody_;
  TerminalPrompter terminal_;
};

}  // namespace g5ksync::app
