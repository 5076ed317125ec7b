// Slow links, rekeying, sshd's limits, hosts that die or never answer: what may go wrong does so in bounded time, with
// a sentence, and for nobody else.
#include <sys/socket.h>

#include <netinet/in.h>

#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "tests/transport/fixture.h"

namespace g5ksync::transport::test {
namespace {

using Catch::Contains;
constexpr std::uint64_t kMB = 1'000'000;

TEST_CASE("a slow link, where every send is a partial one, loses nothing") {
  World world;
  Relay relay(world.target.port(), 4 * kMB);
  world.add_host("slow", world.host_lines(relay.port()) + "HostKeyAlias t\n");
  const std::string line = world.target.known_hosts_line();
  write_file(world.known_hosts, "t" + line.substr(line.find(' ')));
  const auto channel = world.start("slow", "cat");
  const Outcome outcome = talk(world.loop, *channel, 6 * kMB);
  CHECK(outcome.error == "");
  CHECK(outcome.received == 6 * kMB);
  CHECK(outcome.intact);
}

TEST_CASE("new keys every 16 MiB, under full load in both directions") {
  const std::string way = GENERATE(as<std::string>{}, "direct", "gateway");
  CAPTURE(way);
  World world("RekeyLimit 16M", "RekeyLimit 16M");
  const auto up = world.start(way, "wc -c");
  const Outcome sent = talk(world.loop, *up, 200 * kMB, 60s);
  CHECK(sent.error == "");
  CHECK(sent.out.substr(0, 9) == "200000000");
  // libssh2 dropped some of it without a word before the window was kept wide by us; see SshStream::keep_window().
  const auto down = world.start(way, "head -c 200000000 /dev/zero");
  CHECK(talk(world.loop, *down, 0, 60s).received == 200 * kMB);
  const auto both = world.start(way, "cat");
  const Outcome echoed = talk(world.loop, *both, 50 * kMB, 60s);
  CHECK(echoed.error == "");
  CHECK(echoed.received == 50 * kMB);
  CHECK(echoed.intact);
}

TEST_CASE("forwarded channels do not count in MaxSessions, and sessions beyond it get connections of their own") {
  World world("MaxSessions 1", "MaxSessions 0");
  std::vector<std::unique_ptr<Channel>> channels;
  for (const char* way : {"direct", "direct", "jump", "jump", "gateway"}) channels.push_back(world.start(way, "cat"));
  for (const auto& channel : channels) {
    const Outcome outcome = talk(world.loop, *channel, kMB);
    CHECK(outcome.error == "");
    CHECK(outcome.received == kMB);
  }
  const auto refused = world.start("gate", "true");
  CHECK_THAT(talk(world.loop, *refused).error, Contains("MaxSessions"));
}

TEST_CASE("hosts behind one gateway share one connection to it") {
  World world;
  for (const char* name : {"a.g5k", "b.g5k", "c.g5k", "d.g5k"}) {
    static std::vector<std::unique_ptr<Channel>> keep;
    keep.push_back(world.start(name, "echo in"));
    if (*name == 'd') {
      for (const auto& channel : keep) CHECK(talk(world.loop, *channel).out == "in\n");
      keep.clear();
    }
  }
  const std::string log = world.gate.log();
  std::size_t logins = 0;
  for (std::size_t at = 0; (at = log.find("Accepted publickey", at)) != std::string::npos; ++at) ++logins;
  CHECK(logins == 1);
}

TEST_CASE("an sshd that drops handshakes (MaxStartups) is asked again, less eagerly") {
  World world;
  const Sshd server(world.dir, read_file(world.key + ".pub"), "MaxStartups 2:50:4");
  const std::string line = server.known_hosts_line();
  write_file(world.known_hosts, line);
  std::vector<std::unique_ptr<Channel>> channels;
  for (int i = 0; i < 12; ++i) world.add_host("h" + std::to_string(i), world.host_lines(server.port()));
  for (int i = 0; i < 12; ++i) channels.push_back(world.start("h" + std::to_string(i), "echo in"));
  for (const auto& channel : channels) {
    const Outcome outcome = talk(world.loop, *channel);
    CHECK(outcome.error == "");
    CHECK(outcome.out == "in\n");
  }
}

TEST_CASE("a connection that is cut is an error at once, naming the gateway where it was that one") {
  World world;
  const std::string gate_key = world.gate.known_hosts_line(), target_key = world.target.known_hosts_line();
  Relay to_target(world.target.port()), to_gate(world.gate.port());
  write_file(world.known_hosts,
             target_key + "g" + gate_key.substr(gate_key.find(' ')) + "t" + target_key.substr(target_key.find(' ')));
  world.add_host("cut-direct", world.host_lines(to_target.port()) + "HostKeyAlias t\n");
  world.add_host("cut-gate", world.host_lines(to_gate.port()) + "HostKeyAlias g\n");
  world.add_host("behind", world.host_lines(world.target.port()) + "ProxyJump cut-gate\n");
  const bool behind = GENERATE(false, true);
  const auto channel = world.start(behind ? "behind" : "cut-direct", "cat");
  Relay& relay = behind ? to_gate : to_target;
  std::thread cutter([&] {
    while (relay.moved() < 5 * kMB) std::this_thread::sleep_for(1ms);
    relay.cut();
  });
  const Outcome outcome = talk(world.loop, *channel, 1000 * kMB);
  cutter.join();
  CHECK(outcome.kind == base::ErrorKind::connection);
  CHECK_THAT(outcome.error, Contains("connection lost"));
  CHECK((outcome.error.find("the gateway cut-gate") != std::string::npos) == behind);
  CHECK(outcome.seconds < 10);
}

TEST_CASE("a peer that falls silent is given up") {
  World world;
  Relay relay(world.target.port());
  const std::string line = world.target.known_hosts_line();
  write_file(world.known_hosts, "t" + line.substr(line.find(' ')));
  world.add_host("frozen", world.host_lines(relay.port()) + "HostKeyAlias t\n");
  const auto channel = world.start("frozen", "cat");
  CHECK(run_until(world.loop, [&] { return channel->state() == ChannelState::open; }));
  relay.freeze();
  world.clock.speed_up(30);
  const Outcome outcome = talk(world.loop, *channel, kMB);
  CHECK(outcome.kind == base::ErrorKind::connection);
  CHECK_THAT(outcome.error, Contains("nothing heard for 45 s"));
}

/// Listens and never accepts: the kernel answers, nobody else does. Once full it answers nothing either.
struct DeafHost {
  DeafHost() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd.get(), 0);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  void fill() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    for (int i = 0; i < 4; ++i) {
      waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(waiting.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
  }
  base::Fd fd;
  int port = 0;
  std::vector<base::Fd> waiting;
};

TEST_CASE("a host that accepts and says nothing times out") {
  World world;
  DeafHost deaf;
  world.options.connect_timeout = 1s;
  world.add_host("deaf", world.host_lines(deaf.port));
  world.add_host("deaf-behind", world.host_lines(deaf.port) + "ProxyJump gate\n");
  const std::string way = GENERATE(as<std::string>{}, "deaf", "deaf-behind");
  const auto channel = world.start(way, "true");
  const Outcome outcome = talk(world.loop, *channel);
  CHECK(outcome.kind == base::ErrorKind::timeout);
  CHECK_THAT(outcome.error, Contains("no answer within 1 s") && Contains("exchanging keys"));
  CHECK(outcome.seconds < 5);
}

TEST_CASE("ConnectTimeout of the ssh configuration counts") {
  World world;
  DeafHost deaf;
  world.add_host("deaf", world.host_lines(deaf.port) + "ConnectTimeout 1\n");
  const auto channel = world.start("deaf", "true");
  CHECK(talk(world.loop, *channel).kind == base::ErrorKind::timeout);
}

TEST_CASE("dead hosts behind a gateway hold nobody up") {
  World world;
  DeafHost dead;
  dead.fill();
  world.options.connect_timeout = 6s;
  std::string hosts;
  std::vector<std::unique_ptr<Channel>> gone;
  for (int i = 0; i < 4; ++i)
    world.add_host("dead" + std::to_string(i), world.host_lines(dead.port) + "ProxyJump gate\n");
  const auto first = world.start("jump", "echo in");
  CHECK(talk(world.loop, *first).out == "in\n");
  for (int i = 0; i < 4; ++i) gone.push_back(world.start("dead" + std::to_string(i), "true"));
  CHECK(run_until(world.loop, [&] { return gone.back()->phase() == "connecting"; }));
  const auto alive = world.start("target.g5k", "echo in");
  const auto other = world.start("jump", "echo in");
  CHECK(talk(world.loop, *alive, 0, 4s).out == "in\n");
  CHECK(talk(world.loop, *other, 0, 4s).out == "in\n");
  for (const auto& channel : gone) {
    const Outcome outcome = talk(world.loop, *channel);
    CHECK(outcome.kind == base::ErrorKind::timeout);
    CHECK_THAT(outcome.error, Contains("connecting"));
  }
  CHECK(talk(world.loop, *world.start("target.g5k", "echo in")).out == "in\n");
}

TEST_CASE("a gateway that fails fails the hosts behind it by its name; others go on") {
  World world;
  const int nobody = free_port();
  world.add_host("gone", world.host_lines(nobody));
  world.add_host("behind1", "HostName x\nProxyJump gone\n");
  world.add_host("behind2", "HostName y\nProxyCommand ssh -F " + world.options.ssh_config + " gone -W %h:%p\n");
  world.add_host("refused", world.host_lines(nobody) + "ProxyJump gate\n");
  const auto one = world.start("behind1", "true"), two = world.start("behind2", "true");
  const auto refused = world.start("refused", "true"), good = world.start("jump", "echo in");
  CHECK_THAT(talk(world.loop, *one).error, Contains("the gateway gone") && Contains("Connection refused"));
  CHECK_THAT(talk(world.loop, *two).error, Contains("the gateway gone"));
  CHECK_THAT(talk(world.loop, *refused).error,
             Contains("the gateway cannot reach 127.0.0.1 port") && Contains("connect failed"));
  CHECK(talk(world.loop, *good).out == "in\n");
}

TEST_CASE("hosts that cannot be reached say why") {
  World world;
  world.add_host("refused", world.host_lines(free_port()));
  world.add_host("nameless", "HostName does-not-exist.invalid\n");
  world.add_host("broken", "HostName x\nProxyCommand false\n");
  world.add_host("loop1", "HostName x\nProxyJump loop2\n");
  world.add_host("loop2", "HostName x\nProxyJump loop1\n");
  world.options.attempts = 2;
  CHECK_THAT(talk(world.loop, *world.start("refused", "true")).error, Contains("Connection refused"));
  CHECK_THAT(talk(world.loop, *world.start("nameless", "true")).error, Contains("does-not-exist.invalid"));
  CHECK_THAT(talk(world.loop, *world.start("broken", "true")).error,
             Contains("handshake") && Contains("tried 2 times"));
  CHECK_THAT(talk(world.loop, *world.start("loop1", "true")).error, Contains("leads back to itself"));
  CHECK(talk(world.loop, *world.start("-oProxyCommand=x", "true")).kind == base::ErrorKind::usage);
}

TEST_CASE("a host that logs us in and then opens nothing times out") {
  World world;
  Relay relay(world.target.port());
  const std::string line = world.target.known_hosts_line();
  write_file(world.known_hosts, "t" + line.substr(line.find(' ')));
  world.add_host("half", world.host_lines(relay.port()) + "HostKeyAlias t\n");
  world.options.connect_timeout = 3s;
  const auto channel = world.start("half", "true");
  CHECK(run_until(world.loop, [&] { return channel->phase() == "starting the command"; }));
  relay.freeze();
  const Outcome outcome = talk(world.loop, *channel);
  CHECK(outcome.kind == base::ErrorKind::timeout);
  CHECK_THAT(outcome.error, Contains("starting the command"));
  CHECK(outcome.seconds < 6);
}

TEST_CASE("a name with several addresses is tried at all of them, and banners are no trouble") {
  World world("Banner /etc/passwd");
  const std::string line = world.target.known_hosts_line();
  write_file(world.known_hosts, "t" + line.substr(line.find(' ')));
  world.add_host("named", "HostName localhost\nPort " + std::to_string(world.target.port()) + "\nHostKeyAlias t\n");
  CHECK(talk(world.loop, *world.start("named", "echo in")).out == "in\n");
}

TEST_CASE("the time that people take to answer does not count") {
  World world;
  world.set_common("IdentityFile " + world.key + "\nIdentityAgent none\nUserKnownHostsFile " + (world.dir / "new") +
                   "\n");
  world.options.connect_timeout = 1s;
  world.prompter.yes = true;
  world.prompter.thinks = 1200ms;
  CHECK(talk(world.loop, *world.start("direct", "echo in")).out == "in\n");
}

TEST_CASE("no child outlives its owner") {
  World world;
  {
    const auto proxied = world.start("program", "cat");
    const auto local = world.start("local", "trap '' TERM; echo here; sleep 100");
    std::vector<std::byte> some(10);
    CHECK(run_until(world.loop, [&] { return local->read(some) > 0; }));
    CHECK(run_until(world.loop, [&] { return proxied->state() == ChannelState::open; }));
  }
  // Only the two sshd of this world are left as children of this process, and none as a zombie. States and names
  // alone are looked at: arguments hold random names of temporary directories.
  const std::string children = run({"ps", "-o", "stat=,comm=", "--ppid", std::to_string(::getpid())});
  INFO(children);
  std::istringstream words(children);
  int servers = 0;
  for (std::string state, name; words >> state >> name;) {
    CHECK(state.front() != 'Z');
    CHECK((name == "sshd" || name == "ps"));  // no "sh", which a local command runs in
    servers += name == "sshd" ? 1 : 0;
  }
  CHECK(servers == 2);
}

}  // namespace
}  // namespace g5ksync::transport::test
