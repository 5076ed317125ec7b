// The Channel seam: one command on one host, as byte streams. Implementations: ssh/ (libssh2), local (fork and pipes).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "engine/base/error.h"

namespace g5ksync::transport {

enum class ChannelState {
  opening,  // the host is being reached; reads and writes give 0
  open,     // the command runs
  ended,    // the command's standard output has ended and all of it was read
  failed,   // error() says why; nothing more comes or goes
};

/// Non-blocking. All calls on the thread of the Loop that the channel belongs to; between calls, Loop::turn() moves
/// the bytes. The destructor ends the command (closes its streams) and, if it is the last user, the connection.
class Channel {
 public:
  virtual ~Channel() = default;

  virtual ChannelState state() const = 0;
  /// Why state() is failed. The context names no host: the caller knows which it asked for. Its kind is one of
  /// connection, host_key, auth, timeout, unsupported, not_found, usage.
  virtual const base::Error& error() const = 0;
  /// What is being waited for while opening, for people: "connecting", "checking the host key", "authenticating"…
  virtual std::string phase() const = 0;

  /// Up to into.size() bytes of the command's standard output; 0 when there is nothing now.
  virtual std::size_t read(std::span<std::byte> into) = 0;
  /// Takes as many bytes for the command's standard input as there is room for; 0 when there is none now.
  virtual std::size_t write(std::span<const std::byte> from) = 0;
  /// Bytes taken by write() that have not left for the network yet.
  virtual std::size_t unsent() const = 0;
  /// Ends the command's standard input once everything taken has been sent.
  virtual void close_write() = 0;

  /// The command's standard error since the last call. At most 64 KiB are held; what comes on top is dropped.
  virtual std::string take_stderr() = 0;
  /// The command's exit status (128 + signal when a signal ended it) once known, which may be after `ended`.
  virtual std::optional<int> exit_status() const = 0;
};

}  // namespace g5ksync::transport
