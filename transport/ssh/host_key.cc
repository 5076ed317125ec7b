#include "transport/ssh/host_key.h"

#include <algorithm>
#include <vector>

#include "engine/base/text.h"
#include "transport/ssh/known_hosts.h"
#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport {
namespace {

using Verdict = HostKeyFinding::Verdict;

const std::vector<std::string> kTypes{
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
    "ssh-rsa"};

KnownHosts known_hosts_of(const HostConfig& config) {
  std::vector<std::string> files = config.user_known_hosts;
  files.insert(files.end(), config.global_known_hosts.begin(), config.global_known_hosts.end());
  return KnownHosts::read(files);
}

std::string name_of(const HostConfig& config) {
  return config.host_key_alias.empty() ? host_key_name(config.hostname, config.port)
                                       : host_key_name(config.host_key_alias, 22);
}

/// A host on another port may stand in the file without it; that can only confirm a key, as in ssh.
HostKeyFinding find(const KnownHosts& hosts, const HostConfig& config, std::string_view key) {
  HostKeyFinding finding = hosts.check(name_of(config), key);
  if (finding.verdict != Verdict::unknown || config.port == 22 || !config.host_key_alias.empty()) return finding;
  const HostKeyFinding plain = hosts.check(host_key_name(config.hostname, 22), key);
  return plain.verdict == Verdict::trusted || plain.verdict == Verdict::revoked ? plain : finding;
}

std::string described(std::string_view key) { return key_type(key) + " " + fingerprint(key); }

base::Failure refuse(std::string text) { return base::fail(base::ErrorKind::host_key, std::move(text)); }

base::Failure refuse_changed(const HostConfig& config, const HostKeyFinding& finding, std::string_view key) {
  return refuse(
      "the host's key has changed: it shows " + described(key) + ", but " + finding.file + " line " +
      std::to_string(finding.line) +
      " holds another; somebody may be listening in. Ask the host's administrator whether this fingerprint is "
      "right, and only then run: ssh-keygen -f " +
      base::shell_word(finding.file) + " -R " + base::shell_word(name_of(config)));
}

base::Result<void> remember(const HostConfig& config, std::string_view key) {
  if (config.user_known_hosts.empty()) return {};
  if (find(known_hosts_of(config), config, key).verdict == Verdict::trusted) return {};  // accepted meanwhile
  return add_known_host(config.user_known_hosts.front(), name_of(config), key, config.hash_known_hosts);
}

base::Result<void> on_unknown(const HostConfig& config, bool other_type, std::string_view key, Prompter& prompter) {
  const std::string only_others = other_type ? " (known_hosts has only keys of other types for it)" : "";
  const std::string asked = name_of(config);
  switch (config.strict_host_key_checking) {
    case StrictHostKeyChecking::yes:
      break;
    case StrictHostKeyChecking::accept_new:
    case StrictHostKeyChecking::off:
      // A new type for a host that is known could be somebody else's key.
      if (!other_type) return remember(config, key);
      break;
    case StrictHostKeyChecking::ask:
      if (prompter.confirm("The key of " + asked + " is not known yet" + only_others + ": " + described(key) +
                           ". Trust it and go on?"))
        return remember(config, key);
      break;
  }
  const std::string file = config.user_known_hosts.empty() ? "known_hosts" : config.user_known_hosts.front();
  return refuse("the host's key is not known" + only_others + ": " + described(key) + ", and " + file +
                " has no line for " + asked + "; compare the fingerprint with one that you trust before accepting it");
}

}  // namespace

std::string preferred_host_key_types(const HostConfig& config) {
  const KnownHosts hosts = known_hosts_of(config);
  std::vector<std::string> held = hosts.types_of(name_of(config));
  if (held.empty() && config.port != 22 && config.host_key_alias.empty())
    held = hosts.types_of(host_key_name(config.hostname, 22));
  const auto is_held = [&](const std::string& type) {
    const std::string key = type.substr(0, 4) == "rsa-" ? "ssh-rsa" : type;
    return std::find(held.begin(), held.end(), key) != held.end();
  };
  std::vector<std::string> order = kTypes;
  std::stable_partition(order.begin(), order.end(), is_held);
  std::string list;
  for (const std::string& type : order) list += (list.empty() ? "" : ",") + type;
  return list;
}

base::Result<void> check_host_key(const HostConfig& config, std::string_view key, Prompter& prompter) {
  const KnownHosts hosts = known_hosts_of(config);
  const HostKeyFinding finding = find(hosts, config, key);
  switch (finding.verdict) {
    case Verdict::trusted:
      return {};
    case Verdict::revoked:
      return refuse("the host's key " + described(key) + " is marked @revoked in " + finding.file + " line " +
                    std::to_string(finding.line) + ": do not use this host before its key is replaced");
    case Verdict::changed:
      return refuse_changed(config, finding, key);
    case Verdict::other_type:
      return on_unknown(config, true, key, prompter);
    case Verdict::unknown:
      break;
  }
  return on_unknown(config, false, key, prompter);
}

}  // namespace g5ksync::transport
