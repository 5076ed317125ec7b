// Getting the agent to run on a host, over one command's streams: found there, or sent up.
//
// The one constant remote command line (kRemoteCommand) is read the same by sh, csh and fish. It says a marker, behind
// which nothing of banners and noisy rc files can stand, and evaluates the script (bootstrap.sh) that the origin sends.
// The script looks for the agent by its SHA-256 in the user's cache directory, then in /var/tmp and /tmp (private
// 0700 directories), asks for it where it is missing, checks its hash, and becomes it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/deploy/agent_image.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"

namespace g5ksync::app {

extern const char* const kRemoteCommand;

/// The last line of a command's standard error that says something.
std::string last_line(const std::string& text);

/// Sans-I/O; not thread-safe.
class Deployment {
 public:
  /// `nonce`: random hex digits that noise cannot imitate.
  Deployment(AgentImage image, std::string nonce);

  /// Bytes for the command's standard input, in order.
  base::ByteView front() const;
  void consume(std::size_t count);

  /// Takes what came from its standard output; gives how many bytes were taken. Once running(), no more are: the rest
  /// is the agent's. Errors are of kind deploy and say what to do.
  base::Result<std::size_t> receive(base::ByteView bytes);
  /// The command's output ended before the agent ran.
  base::Error ended_early(const std::string& stderr_text, std::optional<int> exit_status) const;

  bool running() const { return stage_ == Stage::running; }
  /// Of the upload, packed; 0 when the agent was there.
  std::uint64_t upload_bytes() const { return uploads_ * image_.packed.size(); }
  /// For people: "sending the agent", "waiting for the agent".
  std::string phase() const;

 private:
  enum class Stage { silent, talking, running };
  base::Result<void> on_line(std::string_view line);

  AgentImage image_;
  std::string nonce_;
  Stage stage_ = Stage::silent;
  std::string script_;  // with its length in front
  std::size_t script_sent_ = 0;
  std::string line_;  // not complete yet
  std::size_t noise_ = 0;
  std::uint64_t uploads_ = 0;
  base::ByteView upload_;  // the rest of the current one
  base::ByteView upload_end_;
};

}  // namespace g5ksync::app
