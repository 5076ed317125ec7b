// A TCP connection to the first address of a host that answers, without waiting for it.
#pragma once

#include <netdb.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/loop.h"

namespace g5ksync::transport {

/// Tries the addresses in the order of getaddrinfo (RFC 6724), one after the other; the next joins in after 3 s of
/// silence. Names are looked up on a thread of their own. Not a Driver by itself: the owner passes on the calls.
class TcpConnect {
 public:
  /// `address_family`: AF_INET, AF_INET6 or 0 for both.
  TcpConnect(const base::Clock& clock, std::string host, int port, int address_family);
  ~TcpConnect();

  bool pump();
  void wait_for(std::vector<pollfd>& fds) const;
  base::Nanos next_deadline() const;
  /// A connected non-blocking socket (TCP_NODELAY, keepalive) or why there is none: connection, not_found (no such
  /// name). Only the owner's deadline ends an address that never answers.
  std::optional<base::Result<base::Fd>> take_result() { return std::exchange(result_, std::nullopt); }

 private:
  struct NameLookup;
  struct Address;

  void take_addresses();
  void try_next();
  bool check_pending();

  const base::Clock& clock_;
  std::string where_;  // "host port 22", for people
  std::shared_ptr<NameLookup> lookup_;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  std::vector<base::Fd> pending_;
  base::Nanos next_try_{0};
  int last_errno_ = 0;
  bool have_addresses_ = false, over_ = false;
  std::optional<base::Result<base::Fd>> result_;
};

}  // namespace g5ksync::transport
