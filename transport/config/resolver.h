// From a host's name to how it is reached: `ssh -G`, and a look at its ProxyJump or ProxyCommand.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/config/proxy_command.h"
#include "transport/config/ssh_config.h"
#include "transport/loop.h"
#include "transport/process/captured_run.h"

namespace g5ksync::transport {

struct Route {
  enum class Kind {
    direct,   // TCP to config.hostname:config.port
    gateway,  // a channel that `gateway` forwards
    program,  // standard input and output of `program`, a command for the shell
  };
  Kind kind = Kind::direct;
  Gateway gateway;
  std::string program;
};

struct Resolution {
  HostConfig config;
  Route route;
};

/// An answer that may still be on its way.
struct Lookup {
  std::optional<base::Result<Resolution>> result;
};

/// Runs a few of these small programs at once, each bounded in time, and remembers the answers. One per Loop.
class Resolver final : private Driver {
 public:
  Resolver(Loop& loop, std::string ssh_config);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `words` are for `ssh -G`: options, then [user@]name. A gateway's words, with an -F of their own where the user's
  /// ProxyCommand has one, come from Route. Errors: usage (names that are not plain, ssh's own complaint), timeout,
  /// unsupported (ProxyUseFdpass), not_found (no ssh program).
  std::shared_ptr<const Lookup> look_up(const std::vector<std::string>& words);
  /// The words for a host that the user named: with -F where one was given.
  std::vector<std::string> words_for(const std::string& name) const;

 private:
  struct Job;

  void wait_for(std::vector<pollfd>& fds) const override;
  base::Nanos next_deadline() const override;
  bool pump() override;
  bool advance(Job& job);
  void on_config(Job& job, base::Result<RunOutput> run);
  void on_words(Job& job, base::Result<RunOutput> run);
  void finish(Job& job, Route route);
  base::Result<Gateway> jump_gateway(const HostConfig& config) const;

  Loop& loop_;
  std::string ssh_config_;
  LocalUser local_;
  std::map<std::vector<std::string>, std::shared_ptr<Lookup>> answers_;
  std::deque<std::unique_ptr<Job>> waiting_;
  std::vector<std::unique_ptr<Job>> running_;
};

}  // namespace g5ksync::transport
