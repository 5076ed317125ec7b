// ssh's configuration, ProxyCommand and known_hosts: values in, values out.
#include <rapidcheck.h>
#include <sys/stat.h>
#include <catch2/catch.hpp>

#include "tests/transport/fixture.h"
#include "transport/config/proxy_command.h"
#include "transport/config/resolver.h"
#include "transport/config/ssh_config.h"
#include "transport/ssh/known_hosts.h"
#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport::test {
namespace {

using Words = std::vector<std::string>;
const LocalUser kJoe{"joe", "/home/joe", "laptop.example", "/run/agent", "1000"};

TEST_CASE("host and user names that a shell or ssh could take for more are refused") {
  for (const char* good : {"nancy.g5k", "gros-1.nancy", "10.0.0.1", "fe80::1", "a_b"}) CHECK(is_plain_host(good));
  for (const char* bad : {"", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a/b", "a\nb", "`id`", "a@b", "h\xc3\xa9"})
    CHECK_FALSE(is_plain_host(bad));
  CHECK_FALSE(is_plain_host(std::string(300, 'a')));
  CHECK(is_plain_user("DOMAIN\\joe"));
  for (const char* bad : {"", "-l", "a;b", "a b", "$x", "a'b"}) CHECK_FALSE(is_plain_user(bad));
  CHECK(split_destination("joe@nancy").value().user == "joe");
  CHECK(split_destination("joe@nancy").value().host == "nancy");
  CHECK_FALSE(split_destination("@nancy"));
  CHECK_FALSE(split_destination("joe@"));
  CHECK_FALSE(split_destination("x;y@nancy"));
}

TEST_CASE("ssh -G output becomes settings, expanded") {
  const auto config = parse_ssh_config(
      "host nancy\nhostname nancy.example\nuser jdoe\nport 2222\nidentityfile ~/.ssh/%h-%p\nidentityfile /k/%%\n"
      "userknownhostsfile /home/joe/a /home/joe/b\nglobalknownhostsfile none\nstricthostkeychecking accept-new\n"
      "identityagent SSH_AUTH_SOCK\nidentitiesonly yes\nconnecttimeout 7\nproxycommand ssh gw -W %h:%p\nproxyjump "
      "none\n",
      "nancy", kJoe);
  REQUIRE(config);
  CHECK(config->hostname == "nancy.example");
  CHECK(config->port == 2222);
  CHECK(config->identity_files == Words{"/home/joe/.ssh/nancy.example-2222", "/k/%"});
  CHECK(config->user_known_hosts == Words{"/home/joe/a", "/home/joe/b"});
  CHECK(config->global_known_hosts.empty());
  CHECK(config->strict_host_key_checking == StrictHostKeyChecking::accept_new);
  CHECK(config->identity_agent == "/run/agent");
  CHECK(config->identities_only);
  CHECK(config->connect_timeout == std::chrono::seconds(7));
  CHECK(config->proxy_command == "ssh gw -W nancy.example:2222");
  CHECK(config->proxy_jump.empty());
}

TEST_CASE("known_hosts files with blanks in their names, as ssh -G prints them") {
  const auto config = parse_ssh_config(
      "hostname a\nuser joe\nport 22\nuserknownhostsfile /my hosts/known ~/.ssh/b c\nglobalknownhostsfile /g\n", "n",
      kJoe);
  REQUIRE(config);
  CHECK(config->user_known_hosts == Words{"/my hosts/known", "/home/joe/.ssh/b c"});
  CHECK(config->global_known_hosts == Words{"/g"});
}

TEST_CASE("of the ways to read a line of known_hosts files, the one in which files exist is taken") {
  TempDir dir;
  const auto files = [&](const std::string& line) {
    const auto config = parse_ssh_config("hostname a\nuser joe\nport 22\nuserknownhostsfile " + line + "\n", "n", kJoe);
    REQUIRE(config);
    return config->user_known_hosts;
  };
  const std::string plain = dir / "plain", blank = dir / "my  hosts", slash = dir / "x /y", missing = dir / "not there";
  write_file(plain, "");
  write_file(blank, "");
  ::mkdir((dir / "my").c_str(), 0700);  // a folder is no reading
  ::mkdir((dir / "x ").c_str(), 0700);
  write_file(slash, "");
  CHECK(files(plain + " other") == Words{plain, "other"});
  CHECK(files(plain + " " + blank) == Words{plain, blank});
  CHECK(files(blank + " " + missing + " " + plain) == Words{blank, missing, plain});
  CHECK(files(slash + " " + plain) == Words{slash, plain});
  CHECK(files(missing + " " + blank) == Words{missing, blank});
  write_file(plain + " other", "");
  CHECK(files(plain + " other " + plain) == Words{plain + " other", plain});
  CHECK(files("none").empty());
}

TEST_CASE("hostile values from a configuration are refused") {
  CHECK_FALSE(parse_ssh_config("hostname a;b\nuser joe\nport 22\n", "n", kJoe));
  CHECK_FALSE(parse_ssh_config("hostname -x\nuser joe\nport 22\n", "n", kJoe));
  CHECK_FALSE(parse_ssh_config("hostname a\nuser $(id)\nport 22\n", "n", kJoe));
  CHECK_FALSE(parse_ssh_config("hostname a\nuser joe\nport 70000\n", "n", kJoe));
  CHECK_FALSE(parse_ssh_config("hostname a\nuser joe\nport 2x\n", "n", kJoe));
  CHECK_FALSE(parse_ssh_config("hostname a\nuser joe\nport 22\nhostkeyalias a b\n", "n", kJoe));
  CHECK_FALSE(parse_ssh_config("", "n", kJoe));
}

TEST_CASE("a ProxyCommand is compound only outside quotes") {
  for (const char* simple :
       {"ssh gw -W a:22", "ssh gw -W \"`basename a .g5k`:22\"", "sh -c 'a; b | c'", "x \\; y", "x \";\""})
    CHECK_FALSE(is_compound_command(simple));
  for (const char* compound : {"a; b", "a | b", "a & b", "a > b", "a < b", "a\nb", "x 'open", "x \"open", "'a';'b'"})
    CHECK(is_compound_command(compound));
}

TEST_CASE("gateways are recognised in their many spellings") {
  const auto gateway = [](const Words& words) { return recognise_gateway(words); };
  const auto usual = gateway({"ssh", "g5k", "-W", "nancy:22"});
  REQUIRE(usual);
  CHECK(usual->ssh_words == Words{"g5k"});
  CHECK(usual->forward_host == "nancy");
  CHECK(usual->forward_port == 22);
  CHECK(gateway({"/usr/bin/ssh", "-W", "nancy:2200", "g5k"})->forward_port == 2200);
  CHECK(gateway({"exec", "ssh", "-q", "-Wnancy:22", "joe@g5k"})->ssh_words == Words{"-q", "joe@g5k"});
  CHECK(gateway({"ssh", "-F", "/c f", "-o", "Port=3", "-p3", "-i", "k", "-qTW", "n:22", "g5k"})->ssh_words ==
        Words{"-F", "/c f", "-o", "Port=3", "-p", "3", "-i", "k", "-q", "-T", "g5k"});
  CHECK(gateway({"ssh", "-W", "[fe80::1]:22", "--", "g5k"})->forward_host == "fe80::1");
  CHECK(gateway({"ssh", "-W", "n:22", "ssh://joe@g5k:2222"})->ssh_words == Words{"-p", "2222", "joe@g5k"});
}

TEST_CASE("everything else is a program to run") {
  for (const Words& words : std::vector<Words>{{},
                                               {"ssh"},
                                               {"nc", "nancy", "22"},
                                               {"ssh", "g5k", "nc", "nancy", "22"},
                                               {"ssh", "g5k"},
                                               {"ssh", "g5k", "-W", "nancy"},
                                               {"ssh", "g5k", "-W", "nancy:0"},
                                               {"ssh", "g5k", "-W", "nancy:22", "x"},
                                               {"ssh", "-f", "g5k", "-W", "nancy:22"},
                                               {"ssh", "-S", "none", "g5k", "-W", "nancy:22"},
                                               {"ssh", "-W", "nancy:22"},
                                               {"ssh", "g5k", "-W"},
                                               {"ssh", "g5k", "-W", "a;b:22"},
                                               {"ssh", "g5k", "-W", "-x:22"},
                                               {"ssh", "$(x)", "-W", "n:22"},
                                               {"sshx", "g5k", "-W", "n:22"},
                                               {"exec"}})
    CHECK_FALSE(recognise_gateway(words));
}

TEST_CASE("recognising a gateway takes any words") {
  rc::check([](const Words& words) {
    if (const auto gateway = recognise_gateway(words)) RC_ASSERT(is_plain_host(gateway->forward_host));
  });
}

TEST_CASE("jump hosts") {
  CHECK(jump_words("g5k") == Words{"g5k"});
  CHECK(jump_words("joe@g5k:2200") == Words{"-p", "2200", "joe@g5k"});
  CHECK(jump_words("[::1]:22") == Words{"-p", "22", "::1"});
  CHECK(jump_words("::1") == Words{"::1"});
  for (const char* bad : {"", "-x", "a b", "a:0", "a:b", "$(x)", "-l@g5k"}) CHECK_FALSE(jump_words(bad));
}

Resolution resolve(World& world, const std::string& name) {
  world.dialer();
  Resolver resolver(world.loop, world.options.ssh_config);
  const auto lookup = resolver.look_up(resolver.words_for(name));
  CHECK(run_until(world.loop, [&] { return lookup->result.has_value(); }));
  if (!*lookup->result) throw std::runtime_error(lookup->result->error().message());
  return **lookup->result;
}

TEST_CASE("the route to a host is found by ssh and by the shell") {
  World world;
  world.add_host("chain", "HostName inner\nProxyJump joe@one:2201,two\n");
  world.add_host("fdpass", "ProxyCommand x\nProxyUseFdpass yes\n");
  world.add_host("piped", "ProxyCommand ssh gate -W %h:%p | tee /dev/null\n");
  CHECK(resolve(world, "direct").route.kind == Route::Kind::direct);
  const Resolution site = resolve(world, "nancy.g5k");
  CHECK(site.route.kind == Route::Kind::gateway);
  CHECK(site.route.gateway.ssh_words == Words{"-F", world.options.ssh_config, "gate"});
  CHECK(site.route.gateway.forward_host == "127.0.0.1");
  const Resolution chain = resolve(world, "chain");
  CHECK(chain.route.gateway.ssh_words == Words{"-F", world.options.ssh_config, "-J", "joe@one:2201", "two"});
  CHECK(chain.route.gateway.forward_host == "inner");
  CHECK(resolve(world, "program").route.kind == Route::Kind::program);
  CHECK(resolve(world, "piped").route.kind == Route::Kind::program);
  CHECK_THROWS_WITH(resolve(world, "fdpass"), Catch::Contains("ProxyUseFdpass is not supported"));
  CHECK_THROWS_WITH(resolve(world, "-oProxyCommand=touch"), Catch::Contains("not a host name"));
}

TEST_CASE("many hosts are looked up without blocking the loop") {
  World world;
  world.dialer();
  Resolver resolver(world.loop, world.options.ssh_config);
  std::vector<std::shared_ptr<const Lookup>> lookups;
  for (int i = 0; i < 40; ++i)
    lookups.push_back(resolver.look_up(resolver.words_for("host" + std::to_string(i) + ".g5k")));
  auto longest = 0ms, last = 0ms;
  const auto begin = std::chrono::steady_clock::now();
  CHECK(run_until(world.loop, [&] {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    longest = std::max(longest, now - last);
    last = now;
    return std::all_of(lookups.begin(), lookups.end(), [](const auto& lookup) { return lookup->result.has_value(); });
  }));
  CHECK(longest < 1000ms);
}

std::string public_key(char fill, const std::string& type = "ssh-ed25519") {
  std::string blob;
  put_string(blob, type);
  put_string(blob, std::string(32, fill));
  return blob;
}

std::string line(const std::string& patterns, const std::string& key) {
  return patterns + " " + key_type(key) + " " + base64(key) + " comment\n";
}

TEST_CASE("known_hosts: names, wildcards, negation, hashes, ports and markers") {
  using Verdict = HostKeyFinding::Verdict;
  const std::string a = public_key('a'), b = public_key('b'), e = public_key('e', "ecdsa-sha2-nistp256");
  KnownHosts hosts;
  hosts.parse("# comment\n\n" + line("plain,other", a) + line("*.site,!bad.site", a) + line("[plain]:2222", b) +
                  line("two", a) + line("two", b) + line("@revoked *", public_key('r')) + line("@cert-authority *", e) +
                  line("UPPER", a) + line("q?z", a) + "nonsense\nhost ssh-ed25519\n",
              "file");
  const auto verdict = [&](const char* name, const std::string& key) { return hosts.check(name, key).verdict; };
  CHECK(verdict("plain", a) == Verdict::trusted);
  CHECK(verdict("other", a) == Verdict::trusted);
  CHECK(verdict("plain", b) == Verdict::changed);
  CHECK(hosts.check("plain", b).line == 3);
  CHECK(verdict("plain", e) == Verdict::other_type);
  CHECK(verdict("x.site", a) == Verdict::trusted);
  CHECK(verdict("bad.site", a) == Verdict::unknown);
  CHECK(verdict("[plain]:2222", b) == Verdict::trusted);
  CHECK(verdict("[plain]:2222", a) == Verdict::changed);
  CHECK(verdict("two", a) == Verdict::trusted);
  CHECK(verdict("two", b) == Verdict::trusted);
  CHECK(verdict("anything", public_key('r')) == Verdict::revoked);
  CHECK(verdict("anything", e) == Verdict::unknown);
  CHECK(verdict("upper", a) == Verdict::trusted);
  CHECK(verdict("qxz", a) == Verdict::trusted);
  CHECK(verdict("qxxz", a) == Verdict::unknown);
  CHECK(hosts.types_of("two") == Words{"ssh-ed25519"});
}

TEST_CASE("known_hosts lines that are added are found, by us and by ssh-keygen") {
  const bool hashed = GENERATE(false, true);
  TempDir dir;
  make_key(dir / "key");
  const std::string text = read_file(dir / "key.pub");
  const std::string key = *from_base64(text.substr(text.find(' ') + 1, text.find(' ', 15) - text.find(' ') - 1));
  const std::string file = dir / ".ssh/known_hosts";
  REQUIRE(add_known_host(file, "first", key, hashed));
  write_file(file, read_file(file) + "# no newline at the end");
  REQUIRE(add_known_host(file, "[second]:2222", key, hashed));
  const KnownHosts hosts = KnownHosts::read({file, dir / "missing"});
  CHECK(hosts.check("first", key).verdict == HostKeyFinding::Verdict::trusted);
  CHECK(hosts.check("[second]:2222", key).verdict == HostKeyFinding::Verdict::trusted);
  CHECK(hosts.check("second", key).verdict == HostKeyFinding::Verdict::unknown);
  CHECK(run({"ssh-keygen", "-F", "[second]:2222", "-f", file}).find("ssh-ed25519") != std::string::npos);
  CHECK((read_file(file).find("first") == std::string::npos) == hashed);
  CHECK(run({"ssh-keygen", "-lf", dir / "key.pub"}).find(fingerprint(key)) != std::string::npos);
}

TEST_CASE("any text is a known_hosts file") {
  rc::check([](const std::string& text, const std::string& name) {
    KnownHosts hosts;
    hosts.parse(text, "f");
    (void)hosts.check(name, "key");
    (void)hosts.types_of(name);
  });
}

}  // namespace
}  // namespace g5ksync::transport::test
