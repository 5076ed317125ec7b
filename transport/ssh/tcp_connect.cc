#include "transport/ssh/tcp_connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

namespace g5ksync::transport {
namespace {

constexpr base::Nanos kHeadStart = std::chrono::seconds(3);

void set_option(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

void tune(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

}  // namespace

struct TcpConnect::Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// Shared with the thread that asks; whoever comes last frees it.
struct TcpConnect::NameLookup {
  std::string host, port;
  int family = AF_UNSPEC;
  base::Fd done_event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> done{false};
  int failure = 0;
  std::vector<Address> found;

  void run(int flags) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    failure = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
      Address address;
      address.length = entry->ai_addrlen;
      std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
      found.push_back(address);
    }
    if (list != nullptr) ::freeaddrinfo(list);
  }
};

TcpConnect::TcpConnect(const base::Clock& clock, std::string host, int port, int address_family)
    : clock_(clock), where_(host + " port " + std::to_string(port)), lookup_(std::make_shared<NameLookup>()) {
  lookup_->host = std::move(host);
  lookup_->port = std::to_string(port);
  lookup_->family = address_family;
  lookup_->run(AI_NUMERICHOST);
  if (lookup_->failure == 0) {
    lookup_->done = true;
    return;
  }
  std::thread([lookup = lookup_] {
    lookup->run(AI_ADDRCONFIG);
    lookup->done = true;
    eventfd_write(lookup->done_event.get(), 1);
  }).detach();
}

TcpConnect::~TcpConnect() = default;

void TcpConnect::take_addresses() {
  have_addresses_ = true;
  if (lookup_->failure != 0) {
    over_ = true;
    const bool no_such = lookup_->failure == EAI_NONAME || lookup_->failure == EAI_NODATA;
    result_ = base::fail(no_such ? base::ErrorKind::not_found : base::ErrorKind::connection,
                         "no address for " + lookup_->host + ": " + ::gai_strerror(lookup_->failure));
    return;
  }
  addresses_ = lookup_->found;
}

void TcpConnect::try_next() {
  const Address& address = addresses_[next_++];
  next_try_ = clock_.now() + kHeadStart;
  base::Fd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    last_errno_ = errno;
    return;
  }
  tune(socket.get());
  const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.get(), target, address.length) == 0 || errno == EINPROGRESS)
    pending_.push_back(std::move(socket));
  else
    last_errno_ = errno;
}

/// True if one of them is connected or has failed.
bool TcpConnect::check_pending() {
  for (auto it = pending_.begin(); it != pending_.end(); ++it) {
    pollfd state{it->get(), POLLOUT, 0};
    if (::poll(&state, 1, 0) <= 0) continue;
    int failure = 0;
    socklen_t size = sizeof failure;
    ::getsockopt(it->get(), SOL_SOCKET, SO_ERROR, &failure, &size);
    if (failure == 0) {
      result_ = std::move(*it);
      over_ = true;
      pending_.clear();
    } else {
      last_errno_ = failure;
      pending_.erase(it);
    }
    return true;
  }
  return false;
}

bool TcpConnect::pump() {
  if (over_) return false;
  bool moved = false;
  if (!have_addresses_) {
    if (!lookup_->done) return false;
    take_addresses();
    moved = true;
  }
  while (!over_ && check_pending()) moved = true;
  while (!over_ && next_ < addresses_.size() && (pending_.empty() || clock_.now() >= next_try_)) {
    try_next();
    moved = true;
  }
  if (!over_ && pending_.empty() && next_ >= addresses_.size()) {
    over_ = moved = true;
    result_ = base::Failure(base::Error{base::ErrorKind::connection, last_errno_, "cannot connect to " + where_});
  }
  return moved;
}

void TcpConnect::wait_for(std::vector<pollfd>& fds) const {
  if (over_) return;
  if (!have_addresses_) fds.push_back({lookup_->done_event.get(), POLLIN, 0});
  for (const base::Fd& socket : pending_) fds.push_back({socket.get(), POLLOUT, 0});
}

base::Nanos TcpConnect::next_deadline() const {
  const bool more = !over_ && have_addresses_ && next_ < addresses_.size();
  return more ? next_try_ : base::Nanos::max();
}

}  // namespace g5ksync::transport
