// Exit codes: rsync's (rsync(1), "EXIT VALUES"), two of our own for runs over several hosts, and one for differences.
//
//   0  all is there                        20  interrupted by the user
//   1  usage                               22  out of memory
//   2  a host cannot do what is needed     23  some files could not be sent
//   3  the destination cannot be selected  24  some source files vanished before they could be sent
//   5  the agent could not be started      25  deletions held back (--max-delete, an empty source)
//  10  network errors before the conversation, other than ssh's      30  a host was silent for too long
//  11  file I/O failed, disk full
//  12  the stream of the conversation broke or made no sense         255  ssh: no connection, host key, login
//  41  the hosts ended with different codes, some with 0             42  … none with 0
//  43  status, verify: all hosts were compared, and something differs
//
// A connection lost in the middle of a run is 12, as rsync's "connection unexpectedly closed": its stream ended early.
// rsync keeps 10 for its own sockets; here it is left for transports without ssh.
#pragma once

#include <span>

#include "app/cli/status.h"
#include "engine/base/error.h"

namespace g5ksync::app {

inline constexpr int kExitPartial = 23, kExitVanished = 24, kExitInterrupted = 20, kExitDeletionsHeld = 25;
inline constexpr int kExitHostsDiffer = 41, kExitNoHost = 42, kExitDiffers = 43;

/// For an error that ended the run before any host was tried: a wrong command line is 1, a source that is not there or
/// cannot be read is 23.
int exit_code_before_run(const base::Error& error);

/// What one host's ending comes to. Its error decides, by whether anything had come from the host: before, what
/// ssh could not do is 255 (no such host, no connection, time-out); after, a lost connection is 12 and silence 30. A
/// host that is neither done nor failed was interrupted; a done one is 23 with problems of its own or at the source, 24
/// where all of them are files that vanished at the source, 25 with none where deletions were held back.
int exit_code_of_host(const HostStatus& host, const RunStatus& run, std::span<const Problem> problems);

/// The run's: 20 if the user ended it; the common code of all hosts; else 41, or 42 if none ended with 0.
int exit_code(const RunStatus& run, std::span<const Problem> problems);

}  // namespace g5ksync::app
