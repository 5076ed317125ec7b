// What a run looks like from outside at one moment: filled in by the origin, drawn by progress, folded by report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/task.h"
#include "engine/base/error.h"
#include "proto/messages.h"

namespace g5ksync::app {

enum class HostPhase {
  waiting,       // for its turn to connect
  connecting,    // ssh set-up; HostStatus::detail says which step
  deploying,     // the agent is being found, or sent up
  comparing,     // the listing is being compared with the disk; content may flow already
  transferring,  // the listing is compared; content flows
  finishing,     // directory times and modes
  done,          // Finish was received
  failed,        // error says why; nothing more happens on this host
};

struct HostStatus {
  std::string name;  // as the user wrote it: a site's name or a host
  HostPhase phase = HostPhase::waiting;
  std::string detail;
  proto::Counters counters;
  std::uint64_t bytes_out = 0, bytes_in = 0;  // over this host's channel, the protocol's bytes (after packing)
  std::uint64_t agent_bytes = 0;              // of them, the agent's upload
  std::optional<base::Error> error;
  std::uint64_t agent_peak_memory = 0, agent_cpu_micros = 0;
  double seconds = 0;  // until done or failed
};

struct RunStatus {
  Task task = Task::push;
  bool listed = false;                                // the local scan is over
  std::uint64_t entries = 0, files = 0, bytes = 0;    // listed so far
  std::uint64_t encoded_raw = 0, encoded_packed = 0;  // content packed, each frame counted once however many get it
  std::uint64_t source_problems = 0;                  // entries that could not be read here
  double seconds = 0;                                 // since the start
  std::vector<HostStatus> hosts;
};

/// One thing about one path that the person should see: an unreadable file here, a refused write there.
struct Problem {
  std::string host;  // empty: at the source
  std::string path;  // bytes, relative to the root of the transfer
  base::Error error;
  bool notice = false;  // to be known, and not counted: `error` holds only words
};

}  // namespace g5ksync::app
