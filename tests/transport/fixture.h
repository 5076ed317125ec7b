// What the transport tests stand on: real sshd processes on loopback, keys, a relay that can be slow or cut, and a loop
// that is run until something is true. Everything is bounded in time and ended by pid.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "transport/dialer.h"
#include "transport/process/child.h"

namespace g5ksync::transport::test {

using namespace std::chrono_literals;

/// A folder in /tmp (short: agents have socket paths in it) that goes with everything in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

void write_file(const std::string& path, const std::string& text, unsigned mode = 0600);
std::string read_file(const std::string& path);
/// Runs a program to its end (at most 20 s) and gives its standard output; throws when it fails.
std::string run(const std::vector<std::string>& argv);
/// ssh-keygen at `path`; `type` as for -t, with -b after a space: "ed25519", "rsa -b 2048".
void make_key(const std::string& path, const std::string& type = "ed25519", const std::string& passphrase = "");
int free_port();
std::string me();

/// An unprivileged sshd on 127.0.0.1 that lets the calling user in with `authorized`.
class Sshd {
 public:
  /// `extra`: lines of sshd_config that win over ours.
  Sshd(const TempDir& dir, const std::string& authorized, const std::string& extra = "");
  int port() const { return port_; }
  std::string log() const { return read_file(log_); }
  /// "[127.0.0.1]:port type key"
  std::string known_hosts_line() const;
  std::string host_key() const { return host_key_; }
  void stop() { child_ = Child(); }

 private:
  int port_;
  std::string host_key_, log_;
  Child child_;
};

/// TCP from a port of its own to another: at most so many bytes a second each way (0: any), until it is cut.
class Relay {
 public:
  explicit Relay(int to_port, std::uint64_t bytes_per_second = 0);
  ~Relay();
  int port() const { return port_; }
  /// Stops moving bytes, with the connections left open.
  void freeze() { frozen_ = true; }
  /// Closes all connections.
  void cut() { cut_ = true; }
  std::uint64_t moved() const { return moved_; }

 private:
  void serve();
  int port_ = 0;
  int to_port_;
  std::uint64_t rate_;
  base::Fd listener_;
  std::atomic<bool> frozen_{false}, cut_{false}, over_{false};
  std::atomic<std::uint64_t> moved_{0};
  std::thread thread_;
};

/// The system's clock, until it is told to run faster.
class SpeedyClock final : public base::Clock {
 public:
  base::Nanos now() const override {
    const base::Nanos real = std::chrono::steady_clock::now().time_since_epoch();
    return real + (real - since_) * (speed_ - 1);
  }
  void speed_up(int times) {
    since_ = std::chrono::steady_clock::now().time_since_epoch();
    speed_ = times;
  }

 private:
  base::Nanos since_{0};
  int speed_ = 1;
};

/// Answers by lists; counts what it was asked.
class ScriptedPrompter final : public Prompter {
 public:
  std::optional<std::string> secret(const std::string& prompt, const Fits& fits) override;
  bool confirm(const std::string& question) override;

  std::vector<std::string> secrets;  // taken from the front; then nothing
  bool yes = false;
  std::chrono::milliseconds thinks{0};
  std::vector<std::string> asked;
};

/// One place with a server "target", a gateway "gate" and the ways to the target by name: direct, jump, gateway.g5k,
/// program; "local" is the local dialer.
class World {
 public:
  explicit World(const std::string& target_extra = "", const std::string& gate_extra = "");

  std::unique_ptr<Channel> start(const std::string& way, const std::string& command);
  /// Adds "Host name" with these lines to the configuration; before the first start().
  void add_host(const std::string& name, const std::string& lines);
  /// The lines that all hosts share: identity, known hosts. Replaces the default.
  void set_common(const std::string& lines) { common_ = lines; }
  std::string host_lines(int port) const;
  Dialer& dialer();

  TempDir dir;
  SpeedyClock clock;
  Loop loop{clock};
  ScriptedPrompter prompter;
  DialOptions options;
  std::string key, known_hosts;
  Sshd target, gate;

 private:
  std::string hosts_, common_;
  std::unique_ptr<Dialer> ssh_, local_;
};

/// Turns the loop until `done` or until the time is up; the last value of `done`.
bool run_until(Loop& loop, const std::function<bool()>& done, std::chrono::milliseconds at_most = 20s);

/// What a command did with what it was sent.
struct Outcome {
  ChannelState state = ChannelState::opening;
  std::string error;
  base::ErrorKind kind = base::ErrorKind::io;
  std::uint64_t sent = 0, received = 0;
  bool intact = true;  // the output was pattern() from its start
  std::string out;     // its first 64 KiB
  std::string err;
  std::optional<int> exit_status;
  double seconds = 0;
};

/// Sends `bytes` of pattern(), closes, and reads all there is, for at most `at_most`.
Outcome talk(Loop& loop, Channel& channel, std::uint64_t bytes = 0, std::chrono::milliseconds at_most = 30s);

/// The byte at `offset` of an endless stream without short periods.
std::byte pattern(std::uint64_t offset);

}  // namespace g5ksync::transport::test
