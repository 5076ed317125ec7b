// What all connections of one Dialer share.
#pragma once

#include <sys/eventfd.h>

#include <map>
#include <memory>
#include <random>
#include <string>

#include "transport/config/resolver.h"
#include "transport/dialer.h"
#include "transport/ssh/handshake_slots.h"
#include "transport/ssh/keyring.h"

namespace g5ksync::transport {

class SshConnection;

/// Passes questions on, and measures how long people take: that time counts against no deadline.
class TimedPrompter final : public Prompter {
 public:
  TimedPrompter(const base::Clock& clock, Prompter& asked) : clock_(clock), asked_(asked) {}
  std::optional<std::string> secret(const std::string& prompt, const Fits& fits) override {
    const base::Nanos begin = clock_.now();
    auto answer = asked_.secret(prompt, fits);
    waited_ += clock_.now() - begin;
    return answer;
  }
  bool confirm(const std::string& question) override {
    const base::Nanos begin = clock_.now();
    const bool answer = asked_.confirm(question);
    waited_ += clock_.now() - begin;
    return answer;
  }
  base::Nanos waited() const { return waited_; }

 private:
  const base::Clock& clock_;
  Prompter& asked_;
  base::Nanos waited_{0};
};

/// The loop's clock without the time that people took to answer: what all deadlines of connections are moments of.
class PatientClock final : public base::Clock {
 public:
  PatientClock(const base::Clock& clock, const TimedPrompter& prompter) : clock_(clock), prompter_(prompter) {}
  base::Nanos now() const override { return clock_.now() - prompter_.waited(); }
  /// The same moment on the loop's clock.
  base::Nanos for_loop(base::Nanos moment) const {
    return moment == base::Nanos::max() ? moment : moment + prompter_.waited();
  }

 private:
  const base::Clock& clock_;
  const TimedPrompter& prompter_;
};

struct SshContext {
  SshContext(Loop& on, DialOptions with, Prompter& asked)
      : loop(on),
        options(std::move(with)),
        prompter(on.clock(), asked),
        clock(on.clock(), prompter),
        resolver(on, options.ssh_config),
        keys(prompter),
        slots(clock, options.handshakes_at_once) {}

  Loop& loop;
  const DialOptions options;
  TimedPrompter prompter;
  const PatientClock clock;
  Resolver resolver;
  Keyring keys;
  HandshakeSlots slots;
  std::minstd_rand random{std::random_device{}()};
  /// libssh2 wants a descriptor to look at, though all bytes go through our callbacks.
  base::Fd spare_fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  /// Those in use, by their words for `ssh -G`.
  std::map<std::vector<std::string>, std::weak_ptr<SshConnection>> connections;
};

}  // namespace g5ksync::transport
