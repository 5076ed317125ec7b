// Waiting for many connections on one thread.
#pragma once

#include <poll.h>

#include <cstdint>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/fd.h"

namespace g5ksync::transport {

/// Something that waits on file descriptors and can be moved on: an SSH connection, a local process.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Appends what this driver waits for. May append nothing.
  virtual void wait_for(std::vector<pollfd>& fds) const = 0;
  /// The latest moment (of the loop's clock) at which pump() wants to be called again; Nanos::max() for never.
  virtual base::Nanos next_deadline() const = 0;
  /// Moves everything as far as it goes without waiting. Returns true if anything moved, in which case all drivers
  /// are pumped again before the next poll (a nested session may have got bytes from its parent). May add and remove
  /// drivers, itself included, but must not destroy itself.
  virtual bool pump() = 0;
};

/// One thread's poll loop. Everything but wake() is called from that thread.
class Loop {
 public:
  explicit Loop(const base::Clock& clock);

  /// Drivers are not owned; each removes itself before it dies.
  void add(Driver& driver);
  void remove(Driver& driver);

  /// Pumps, waits at most `at_most` for something to happen unless the pumping moved something, and pumps again.
  /// Returns early after wake(). Before a turn, callers read their channels until they give 0 and write until they
  /// take 0: what is left over wakes nobody.
  base::Result<void> turn(base::Nanos at_most);
  /// Ends the current or the next turn early. Any thread, and async-signal-safe.
  void wake() noexcept;

  /// How often the loop has polled: a descriptor found empty stays so until this changes.
  std::uint64_t turns() const { return turns_; }
  const base::Clock& clock() const { return clock_; }

 private:
  bool pump_all();

  const base::Clock& clock_;
  std::vector<Driver*> drivers_;
  base::Fd wake_;
  int wake_errno_ = 0;
  std::uint64_t turns_ = 0;
  bool moved_ = false;
};

}  // namespace g5ksync::transport
