#include "transport/ssh/agent.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport {
namespace {

constexpr std::uint8_t kRequestIdentities = 11, kIdentitiesAnswer = 12, kSignRequest = 13, kSignResponse = 14;
constexpr std::uint32_t kRsaSha256 = 2, kRsaSha512 = 4;
constexpr std::uint32_t kMaxAnswer = 1 << 20;
constexpr std::uint32_t kMaxKeys = 1000;
constexpr int kListPatience = 5, kSignPatience = 60;

base::Failure lost(const char* what) {
  const auto kind = errno == EAGAIN ? base::ErrorKind::timeout : base::ErrorKind::connection;
  return base::Failure(base::Error{kind, errno, what});
}

}  // namespace

base::Result<Agent> Agent::connect(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path)
    return base::fail(base::ErrorKind::connection, "the agent's socket path is too long");
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{kListPatience, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return base::Failure(base::Error{base::ErrorKind::connection, errno, "connecting to the ssh agent"});
  return Agent(std::move(socket));
}

base::Result<std::string> Agent::receive(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t got = 0; got < count;) {
    const ssize_t some = ::recv(socket_.get(), bytes.data() + got, count - got, 0);
    if (some == 0) return base::fail(base::ErrorKind::connection, "the ssh agent hung up");
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return lost("reading from the ssh agent");
    got += static_cast<std::size_t>(some);
  }
  return bytes;
}

base::Result<std::string> Agent::ask(std::string_view request, int patience_seconds) {
  const timeval patience{patience_seconds, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string framed;
  put_string(framed, request);
  if (::send(socket_.get(), framed.data(), framed.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(framed.size()))
    return lost("writing to the ssh agent");
  G5K_ASSIGN(const std::string header, receive(4));
  const std::uint32_t size = SshReader(header).u32();
  if (size == 0 || size > kMaxAnswer) return base::fail(base::ErrorKind::connection, "the ssh agent talks nonsense");
  return receive(size);
}

base::Result<std::vector<AgentKey>> Agent::keys() {
  G5K_ASSIGN(const std::string answer, ask({reinterpret_cast<const char*>(&kRequestIdentities), 1}, kListPatience));
  SshReader reader(answer);
  std::vector<AgentKey> keys;
  if (reader.u8() != kIdentitiesAnswer) return base::fail(base::ErrorKind::connection, "the ssh agent lists no keys");
  const std::uint32_t count = reader.u32();
  for (std::uint32_t i = 0; i < count && i < kMaxKeys && reader.ok(); ++i) {
    AgentKey key;
    key.blob = reader.string();
    key.comment = reader.string();
    if (reader.ok()) keys.push_back(std::move(key));
  }
  return keys;
}

base::Result<std::string> Agent::sign(std::string_view blob, std::string_view data, std::string_view algorithm) {
  std::string request(1, static_cast<char>(kSignRequest));
  put_string(request, blob);
  put_string(request, data);
  put_u32(request, algorithm == "rsa-sha2-512" ? kRsaSha512 : algorithm == "rsa-sha2-256" ? kRsaSha256 : 0);
  G5K_ASSIGN(const std::string answer, ask(request, kSignPatience));
  SshReader reader(answer);
  if (reader.u8() != kSignResponse) return base::fail(base::ErrorKind::auth, "the ssh agent refuses to sign");
  SshReader signature(reader.string());
  if (signature.string() != algorithm) return base::fail(base::ErrorKind::auth, "the ssh agent signs in another way");
  const std::string bare(signature.string());
  if (!signature.ok()) return base::fail(base::ErrorKind::auth, "the ssh agent's signature is cut short");
  return bare;
}

}  // namespace g5ksync::transport
