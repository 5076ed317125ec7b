// Reaching hosts: what the app asks for, whatever the way there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "transport/channel.h"
#include "transport/loop.h"

namespace g5ksync::transport {

/// Questions for the person at the terminal. Called on the loop's thread, which waits for the answer; time spent here
/// does not count against deadlines. In batch use nobody is there: every answer is "no". Where dialers share a
/// prompter, it keeps the answers: what one has asked, another need not ask again.
class Prompter {
 public:
  using Fits = std::function<bool(const std::string&)>;
  virtual ~Prompter() = default;
  /// A secret typed without echo (a key's passphrase) that fits; asked for again, kAttempts times in all, when it does
  /// not. Nothing when there is no terminal or the person gave up.
  virtual std::optional<std::string> secret(const std::string& prompt, const Fits& fits) = 0;
  /// A yes/no question that defaults to no.
  virtual bool confirm(const std::string& question) = 0;

  static constexpr int kAttempts = 3;  // as ssh
};

struct DialOptions {
  std::string ssh_config;                                  // as ssh -F; empty: the user's own
  base::Nanos connect_timeout = std::chrono::seconds(30);  // from the first byte of a connection to an open command
  int handshakes_at_once = 8;  // sshd's MaxStartups drops more; per gateway and per directly reached address
  int attempts = 4;            // for a connection that was dropped before its handshake finished; with jitter
};

/// Starts commands on hosts. Not thread-safe: one Dialer a Loop, on its thread.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// Begins to reach `host` (a name as for ssh: alias, [user@]name) and to run `command` there. Returns at once;
  /// everything that can go wrong shows in the channel's state.
  virtual std::unique_ptr<Channel> start(const std::string& host, const std::string& command) = 0;
};

/// Over libssh2, by the user's ssh configuration (`ssh -G`). Hosts behind one gateway share one connection to it.
std::unique_ptr<Dialer> make_ssh_dialer(Loop& loop, DialOptions options, Prompter& prompter);

/// Runs every command on this machine with /bin/sh -c, whatever the host's name. For tests and benches.
std::unique_ptr<Dialer> make_local_dialer(Loop& loop);

}  // namespace g5ksync::transport
