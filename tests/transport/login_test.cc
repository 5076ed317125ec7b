// Host keys and logins against a real sshd: who is let through, and what people are told when they are not.
#include <catch2/catch.hpp>

#include "tests/transport/fixture.h"

namespace g5ksync::transport::test {
namespace {

using Catch::Contains;

Outcome try_login(World& world, const std::string& way = "direct") {
  const auto channel = world.start(way, "echo in");
  return talk(world.loop, *channel);
}

std::string common(const World& world, const std::string& known_hosts, const std::string& more = "") {
  return "IdentityFile " + world.key + "\nIdentityAgent none\nUserKnownHostsFile " + known_hosts + "\n" + more;
}

TEST_CASE("an unknown host key is refused in batch, and nothing is remembered") {
  World world;
  world.set_common(common(world, world.dir / "empty"));
  const Outcome outcome = try_login(world);
  CHECK(outcome.kind == base::ErrorKind::host_key);
  CHECK_THAT(outcome.error, Contains("SHA256:") && Contains(world.dir / "empty") && Contains("not known"));
  CHECK(read_file(world.dir / "empty").empty());
  CHECK(world.prompter.asked.size() == 1);
}

TEST_CASE("a confirmed host key is remembered, hashed where that is wanted") {
  const bool hashed = GENERATE(false, true);
  World world;
  world.set_common(common(world, world.dir / "new", hashed ? "HashKnownHosts yes\n" : ""));
  world.prompter.yes = true;
  CHECK(try_login(world).out == "in\n");
  CHECK_THAT(world.prompter.asked.at(0), Contains("SHA256:"));
  CHECK(try_login(world).out == "in\n");
  CHECK(world.prompter.asked.size() == 1);
  CHECK((read_file(world.dir / "new").find("127.0.0.1") == std::string::npos) == hashed);
  CHECK(run({"ssh", "-F", world.options.ssh_config, "-o", "BatchMode=yes", "direct", "echo ssh too"}) == "ssh too\n");
}

TEST_CASE("StrictHostKeyChecking decides about unknown keys without asking") {
  const std::string setting = GENERATE(as<std::string>{}, "yes", "no", "accept-new");
  World world;
  world.set_common(common(world, world.dir / "new", "StrictHostKeyChecking " + setting + "\n"));
  world.prompter.yes = true;
  CHECK((try_login(world).out == "in\n") == (setting != "yes"));
  CHECK(world.prompter.asked.empty());
  CHECK(read_file(world.dir / "new").empty() == (setting == "yes"));
}

TEST_CASE("a changed host key is refused always, with the line and the cure") {
  const std::string setting = GENERATE(as<std::string>{}, "ask", "no", "accept-new");
  World world;
  const std::string port = std::to_string(world.target.port());
  const std::string other = world.gate.known_hosts_line();
  write_file(world.known_hosts, "# a comment\n[127.0.0.1]:" + port + other.substr(other.find(' ')));
  world.set_common(common(world, world.known_hosts, "StrictHostKeyChecking " + setting + "\n"));
  world.prompter.yes = true;
  const Outcome outcome = try_login(world);
  CHECK(outcome.kind == base::ErrorKind::host_key);
  CHECK_THAT(outcome.error, Contains("changed") && Contains(world.known_hosts + " line 2") &&
                                Contains("ssh-keygen -f") && Contains("-R '[127.0.0.1]:" + port + "'"));
}

TEST_CASE("the cure for a changed host key can be typed as it stands, and cures") {
  World world;
  const std::string file = world.dir / "known hosts", other = world.gate.known_hosts_line();
  const std::string port = std::to_string(world.target.port());
  write_file(file, "[127.0.0.1]:" + port + other.substr(other.find(' ')));
  world.set_common(common(world, "\"" + file + "\""));
  const std::string error = try_login(world).error, begin = "ssh-keygen -f ";
  REQUIRE_THAT(error, Contains(begin + "'" + file + "' -R '[127.0.0.1]:" + port + "'"));
  run({"sh", "-c", error.substr(error.find(begin))});
  CHECK(read_file(file).empty());
}

TEST_CASE("a revoked host key is refused, trusted or not") {
  World world;
  const std::string line = world.target.known_hosts_line();
  write_file(world.known_hosts, line + "@revoked *" + line.substr(line.find(' ')));
  CHECK_THAT(try_login(world).error, Contains("@revoked") && Contains("line 2"));
}

TEST_CASE("a key is found under an alias, a wildcard, a hash, and the name without a port") {
  const int form = GENERATE(0, 1, 2, 3, 4);
  World world;
  const std::string line = world.target.known_hosts_line(), key = line.substr(line.find(' '));
  const std::vector<std::string> lines{"myalias" + key, "[127.0.0.*]:*" + key, "", "127.0.0.1" + key,
                                       "*,![127.0.0.1]:*,!127.0.0.1" + key};
  write_file(world.known_hosts, form == 2 ? line : lines[static_cast<std::size_t>(form)]);
  if (form == 2) run({"ssh-keygen", "-H", "-f", world.known_hosts});
  world.set_common(common(world, world.known_hosts, form == 0 ? "HostKeyAlias MyAlias\n" : ""));
  CAPTURE(form, read_file(world.known_hosts));
  CHECK((try_login(world).out == "in\n") == (form != 4));
}

TEST_CASE("a host with several keys shows the one that known_hosts has") {
  World world;
  make_key(world.dir / "second", "ecdsa");
  const Sshd server(world.dir, read_file(world.key + ".pub"), "HostKey " + (world.dir / "second"));
  const std::string line = server.known_hosts_line();
  const std::string second = read_file(world.dir / "second.pub");
  write_file(world.known_hosts, line.substr(0, line.find(' ')) + " " + second);
  world.add_host("both", world.host_lines(server.port()));
  CHECK(try_login(world, "both").out == "in\n");
}

TEST_CASE("a host of which only keys of another type are known is not taken for a new one") {
  World world;
  make_key(world.dir / "other", "ecdsa");
  const std::string line = world.target.known_hosts_line();
  write_file(world.known_hosts, line.substr(0, line.find(' ')) + " " + read_file(world.dir / "other.pub"));
  world.set_common(common(world, world.known_hosts, "StrictHostKeyChecking accept-new\n"));
  CHECK_THAT(try_login(world).error, Contains("only keys of other types"));
}

TEST_CASE("files: ed25519, ecdsa and rsa keys log in") {
  const std::string type = GENERATE(as<std::string>{}, "ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521",
                                    "rsa -b 2048", "rsa -b 3072 -m PEM", "ecdsa -b 256 -m PEM");
  CAPTURE(type);
  TempDir keys;
  make_key(keys / "k", type);
  World world;
  const Sshd server(world.dir, read_file(keys / "k.pub"));
  world.add_host("keyed", world.host_lines(server.port()));
  write_file(world.known_hosts, server.known_hosts_line());
  world.set_common("IdentityFile " + (keys / "k") + "\nIdentityAgent none\nUserKnownHostsFile " + world.known_hosts +
                   "\n");
  const Outcome outcome = try_login(world, "keyed");
  CHECK(outcome.error == "");
  CHECK(outcome.out == "in\n");
}

/// A real ssh-agent with one key in it.
struct RealAgent {
  explicit RealAgent(const TempDir& dir, const std::string& key) : socket(dir / "agent") {
    auto started = Child::start({"ssh-agent", "-D", "-a", socket}, -1, -1, -1);
    REQUIRE(started);
    child = std::move(*started);
    for (int tries = 0; tries < 200 && ::access(socket.c_str(), F_OK) != 0; ++tries) std::this_thread::sleep_for(10ms);
    run({"env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", key});
  }
  std::string socket;
  Child child;
};

TEST_CASE("the agent's keys log in, whatever their type") {
  const std::string type = GENERATE(as<std::string>{}, "ed25519", "ecdsa -b 256", "rsa -b 2048");
  CAPTURE(type);
  TempDir keys;
  make_key(keys / "k", type);
  RealAgent agent(keys, keys / "k");
  World world;
  const Sshd server(world.dir, read_file(keys / "k.pub"));
  world.add_host("keyed", world.host_lines(server.port()) + "IdentitiesOnly no\n");
  write_file(world.known_hosts, server.known_hosts_line());
  world.set_common("IdentityFile none\nIdentityAgent " + agent.socket + "\nUserKnownHostsFile " + world.known_hosts +
                   "\n");
  const Outcome outcome = try_login(world, "keyed");
  CHECK(outcome.error == "");
  CHECK(outcome.out == "in\n");
}

TEST_CASE("IdentitiesOnly keeps the agent's other keys out") {
  TempDir keys;
  make_key(keys / "stranger");
  RealAgent agent(keys, keys / "stranger");
  World world;
  world.set_common("IdentityAgent " + agent.socket + "\n" + common(world, world.known_hosts));
  CHECK(try_login(world).out == "in\n");
  CHECK(world.target.log().find("Failed publickey") == std::string::npos);
}

TEST_CASE("a public key file names a key of the agent, also under IdentitiesOnly") {
  const bool by_its_own_name = GENERATE(false, true);
  World world;
  RealAgent agent(world.dir, world.key);
  ::rename(world.key.c_str(), (world.dir / "away").c_str());
  world.set_common("IdentityFile " + world.key + (by_its_own_name ? ".pub" : "") + "\nIdentityAgent " + agent.socket +
                   "\nUserKnownHostsFile " + world.known_hosts + "\n");
  CHECK(try_login(world).out == "in\n");
}

TEST_CASE("an agent that is gone is mentioned, and files still work") {
  World world;
  world.add_host("agentless", world.host_lines(world.target.port()) + "IdentityAgent /nowhere/agent\n");
  CHECK(try_login(world, "agentless").out == "in\n");
}

TEST_CASE("a key that the host refuses: the error names it and what to do") {
  TempDir keys;
  make_key(keys / "stranger");
  World world;
  world.set_common("IdentityFile " + (keys / "stranger") + "\nIdentityAgent none\nUserKnownHostsFile " +
                   world.known_hosts + "\n");
  const Outcome outcome = try_login(world);
  CHECK(outcome.kind == base::ErrorKind::auth);
  CHECK_THAT(outcome.error, Contains("stranger") && Contains("authorized_keys"));
}

TEST_CASE("no key at all: the error says so") {
  World world;
  world.set_common("IdentityFile /nowhere/key\nIdentityAgent none\nUserKnownHostsFile " + world.known_hosts + "\n");
  const Outcome outcome = try_login(world);
  CHECK(outcome.kind == base::ErrorKind::auth);
  CHECK_THAT(outcome.error, Contains("no key") && Contains("ssh-keygen"));
}

TEST_CASE("an encrypted key asks for its passphrase, once for all hosts") {
  const std::string type = GENERATE(as<std::string>{}, "ed25519 -a 1", "ecdsa -b 256 -a 1");
  TempDir keys;
  make_key(keys / "locked", type, "open sesame");
  World world;
  const Sshd server(world.dir, read_file(keys / "locked.pub"));
  write_file(world.known_hosts, server.known_hosts_line());
  world.add_host("one", world.host_lines(server.port()));
  world.add_host("two", world.host_lines(server.port()));
  world.set_common("IdentityFile " + (keys / "locked") + "\nIdentityAgent none\nUserKnownHostsFile " +
                   world.known_hosts + "\n");
  SECTION("given right at the second try") {
    world.prompter.secrets = {"wrong", "open sesame"};
    const auto first = world.start("one", "echo in");
    const auto second = world.start("two", "echo in");
    CHECK(talk(world.loop, *first).out == "in\n");
    CHECK(talk(world.loop, *second).out == "in\n");
    CHECK(world.prompter.asked.size() == 2);
  }
  SECTION("given wrong three times") {
    world.prompter.secrets = {"a", "b", "c", "open sesame"};
    const Outcome outcome = try_login(world, "one");
    CHECK_THAT(outcome.error, Contains("encrypted") && Contains("ssh-agent"));
    CHECK(world.prompter.asked.size() == 3);
    CHECK_FALSE(try_login(world, "two").error.empty());
    CHECK(world.prompter.asked.size() == 3);
  }
  SECTION("in batch") { CHECK_THAT(try_login(world, "one").error, Contains("locked") && Contains("ssh-agent")); }
}

TEST_CASE("an encrypted RSA key in the OpenSSH format has to be in the agent") {
  TempDir keys;
  make_key(keys / "rsa", "rsa -b 2048 -a 1", "open sesame");
  World world;
  const Sshd server(world.dir, read_file(keys / "rsa.pub"));
  write_file(world.known_hosts, server.known_hosts_line());
  world.add_host("one", world.host_lines(server.port()));
  world.set_common("IdentityFile " + (keys / "rsa") + "\nIdentityAgent none\nUserKnownHostsFile " + world.known_hosts +
                   "\n");
  world.prompter.secrets = {"open sesame"};
  const Outcome outcome = try_login(world, "one");
  CHECK(outcome.kind == base::ErrorKind::auth);
  CHECK_THAT(outcome.error, Contains("RSA") && Contains("ssh-agent"));
}

}  // namespace
}  // namespace g5ksync::transport::test
