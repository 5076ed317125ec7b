// Which process on which machine: enough to tell, from a line of text, whether a process of this machine still runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace g5ksync::fs {

/// Process numbers mean the same to two processes only on one running kernel (hostname, boot id) and in one pid
/// namespace. The start time tells a process from a later one with its number. proc(5), pid_namespaces(7).
struct ProcessIdentity {
  std::string hostname;             // without blanks
  std::string boot_id;              // "-" where /proc does not tell
  std::uint64_t pid_namespace = 0;  // 0 where /proc does not tell
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks after boot

  /// "hostname boot_id pid_namespace pid start_time\n"
  std::string line() const;
  static std::optional<ProcessIdentity> parse(std::string_view line);
  static ProcessIdentity of_this_process();

  /// Process numbers of `other` mean the same here; false where either does not know.
  bool same_machine(const ProcessIdentity& other) const;
};

enum class Running { yes, no, unknown };

/// Whether `process`, of this machine, runs. A zombie does not. Unknown where the system hides other users' processes.
Running is_running(const ProcessIdentity& process);

}  // namespace g5ksync::fs
