#include "tests/transport/fixture.h"

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "transport/process/captured_run.h"

namespace g5ksync::transport::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

base::Fd listen_on_loopback(int& port) {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd.get(), 64) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port on loopback");
  port = ntohs(address.sin_port);
  return fd;
}

base::Fd connect_to(int port) {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

}  // namespace

TempDir::TempDir() {
  std::string name = "/tmp/g5kt.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::string& path, const std::string& text, unsigned mode) {
  std::ofstream(path, std::ios::binary) << text;
  ::chmod(path.c_str(), mode);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string run(const std::vector<std::string>& argv) {
  const base::SystemClock clock;
  Loop loop(clock);
  CapturedRun program(clock, argv, clock.now() + 20s);
  for (;;) {
    program.pump();
    if (auto result = program.take_result()) {
      if (!*result || (*result)->exit_status != 0)
        throw std::runtime_error(argv[0] + " failed: " + (*result ? (*result)->err : result->error().message()));
      return (*result)->out;
    }
    std::this_thread::sleep_for(2ms);
  }
}

void make_key(const std::string& path, const std::string& type, const std::string& passphrase) {
  std::vector<std::string> argv{"ssh-keygen", "-q", "-C", "", "-f", path, "-N", passphrase, "-t"};
  std::istringstream words(type);
  for (std::string word; words >> word;) argv.push_back(word);
  run(argv);
}

int free_port() {
  int port = 0;
  listen_on_loopback(port);
  return port;
}

std::string me() { return ::getpwuid(::getuid())->pw_name; }

namespace {

/// A key pair at `path`: made once per process and label, then copied; making one takes a while.
void place_key(const std::string& path, const std::string& label) {
  static const TempDir made;
  const std::string original = made / label;
  if (::access(original.c_str(), F_OK) != 0) make_key(original);
  write_file(path, read_file(original));
  write_file(path + ".pub", read_file(original + ".pub"), 0644);
}

}  // namespace

Sshd::Sshd(const TempDir& dir, const std::string& authorized, const std::string& extra) : port_(free_port()) {
  const std::string base = dir / ("sshd" + std::to_string(port_));
  int servers = 0;  // each of one folder has a key of its own
  while (::access((dir / ("host" + std::to_string(servers))).c_str(), F_OK) == 0) ++servers;
  write_file(dir / ("host" + std::to_string(servers)), "");
  place_key(base + ".key", "host" + std::to_string(servers));
  host_key_ = base + ".key";
  log_ = base + ".log";
  write_file(base + ".authorized", authorized);
  write_file(base + ".config", extra + "\nPort " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " +
                                   host_key_ + "\nAuthorizedKeysFile " + base +
                                   ".authorized\nStrictModes no\nPidFile none\n" +
                                   "UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n" +
                                   "LogLevel INFO\nMaxStartups 100\n" +
                                   // bash then takes itself for a nested shell and leaves a slow ~/.bashrc alone
                                   "SetEnv SHLVL=5\n");
  if (::getuid() == 0) ::mkdir("/run/sshd", 0755);
  auto started = Child::start({"/usr/sbin/sshd", "-D", "-f", base + ".config", "-E", log_}, -1, -1, -1);
  if (!started) throw std::runtime_error(started.error().message());
  child_ = std::move(*started);
  for (int tries = 0; tries < 500; ++tries) {
    if (connect_to(port_)) return;
    std::this_thread::sleep_for(10ms);
  }
  throw std::runtime_error("sshd does not start: " + log());
}

std::string Sshd::known_hosts_line() const {
  const std::string key = read_file(host_key_ + ".pub");
  return "[127.0.0.1]:" + std::to_string(port_) + " " + key.substr(0, key.find_last_of(' ')) + "\n";
}

Relay::Relay(int to_port, std::uint64_t bytes_per_second) : to_port_(to_port), rate_(bytes_per_second) {
  listener_ = listen_on_loopback(port_);
  thread_ = std::thread([this] { serve(); });
}

Relay::~Relay() {
  over_ = true;
  thread_.join();
}

void Relay::serve() {
  struct Half {
    std::shared_ptr<base::Fd> from, to;
    std::string waiting;
  };
  std::vector<Half> halves;
  const std::size_t per_tick =
      rate_ == 0 ? 256 * 1024 : std::max<std::size_t>(1, static_cast<std::size_t>(rate_ / 200));
  std::vector<char> buffer(per_tick);
  while (!over_) {
    if (cut_) halves.clear();
    std::vector<pollfd> fds{{listener_.get(), POLLIN, 0}};
    for (const Half& half : halves)
      if (!frozen_)
        fds.push_back({half.waiting.empty() ? half.from->get() : half.to->get(),
                       static_cast<short>(half.waiting.empty() ? POLLIN : POLLOUT), 0});
    ::poll(fds.data(), fds.size(), 5);
    if (fds[0].revents != 0) {
      auto in = std::make_shared<base::Fd>(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      auto out = std::make_shared<base::Fd>(connect_to(to_port_));
      const int small = 64 * 1024;
      if (rate_ != 0) ::setsockopt(in->get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
      if (*out) {
        halves.push_back({in, out, {}});
        halves.push_back({out, in, {}});
      }
    }
    if (frozen_) {
      std::this_thread::sleep_for(5ms);
      continue;
    }
    for (Half& half : halves) {
      if (half.waiting.empty()) {
        const ssize_t got = ::recv(half.from->get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got == 0) ::shutdown(half.to->get(), SHUT_WR);
        if (got > 0) half.waiting.assign(buffer.data(), static_cast<std::size_t>(got));
      }
      const ssize_t put = ::send(half.to->get(), half.waiting.data(), half.waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put > 0) {
        half.waiting.erase(0, static_cast<std::size_t>(put));
        moved_ += static_cast<std::uint64_t>(put);
      }
    }
    if (rate_ != 0) std::this_thread::sleep_for(5ms);
  }
}

std::optional<std::string> ScriptedPrompter::secret(const std::string& prompt, const Fits& fits) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    asked.push_back(prompt);
    if (secrets.empty()) return std::nullopt;
    const std::string first = secrets.front();
    secrets.erase(secrets.begin());
    if (fits(first)) return first;
  }
  return std::nullopt;
}

bool ScriptedPrompter::confirm(const std::string& question) {
  asked.push_back(question);
  std::this_thread::sleep_for(thinks);
  return yes;
}

namespace {

std::string new_key(const TempDir& dir) {
  place_key(dir / "id", "id");
  return read_file(dir / "id.pub");
}

}  // namespace

World::World(const std::string& target_extra, const std::string& gate_extra)
    : key(dir / "id"),
      known_hosts(dir / "known_hosts"),
      target(dir, new_key(dir), target_extra),
      gate(dir, read_file(dir / "id.pub"), gate_extra) {
  options.ssh_config = dir / "config";
  write_file(known_hosts, target.known_hosts_line() + gate.known_hosts_line());
  common_ = "IdentityFile " + key + "\nIdentityAgent none\nUserKnownHostsFile " + known_hosts + "\n";
  add_host("gate", host_lines(gate.port()));
  add_host("direct", host_lines(target.port()));
  add_host("jump", host_lines(target.port()) + "ProxyJump gate\n");
  add_host("*.g5k",
           host_lines(target.port()) + "ProxyCommand ssh -F " + options.ssh_config + " gate -W \"`echo %h`:%p\"\n");
  add_host("program", host_lines(target.port()) + "ProxyCommand env ssh -F " + options.ssh_config + " gate -W %h:%p\n");
}

std::string World::host_lines(int port) const { return "HostName 127.0.0.1\nPort " + std::to_string(port) + "\n"; }

void World::add_host(const std::string& name, const std::string& lines) { hosts_ += "Host " + name + "\n" + lines; }

Dialer& World::dialer() {
  if (!ssh_) {
    write_file(options.ssh_config,
               hosts_ + "Host *\nUser " + me() + "\nIdentitiesOnly yes\nGlobalKnownHostsFile none\n" + common_);
    ssh_ = make_ssh_dialer(loop, options, prompter);
  }
  return *ssh_;
}

std::unique_ptr<Channel> World::start(const std::string& way, const std::string& command) {
  if (way != "local") return dialer().start(way == "gateway" ? "target.g5k" : way, command);
  if (!local_) local_ = make_local_dialer(loop);
  return local_->start(way, command);
}

}  // namespace g5ksync::transport::test

// A handshake that is given up half-way leaves some bytes behind in libssh2's own use of OpenSSL.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libcrypto.so\n"; }
