#include "transport/config/ssh_config.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>

namespace g5ksync::transport {
namespace {

constexpr std::size_t kMaxName = 255;
constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool is_plain(std::string_view text, std::string_view extra) {
  if (text.empty() || text.size() > kMaxName || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return kAlphanumeric.find(c) != std::string_view::npos || extra.find(c) != std::string_view::npos;
  });
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string unless_none(std::string_view value) { return value == "none" ? std::string() : std::string(value); }

StrictHostKeyChecking strictness(std::string_view value) {
  if (value == "yes" || value == "true") return StrictHostKeyChecking::yes;
  if (value == "accept-new") return StrictHostKeyChecking::accept_new;
  if (value == "no" || value == "off" || value == "false") return StrictHostKeyChecking::off;
  return StrictHostKeyChecking::ask;
}

bool is_yes(std::string_view value) { return value == "yes" || value == "true"; }

using Setter = std::function<void(HostConfig&, std::string_view)>;

// Keyword (lower case, as ssh -G prints it) → what it sets.
const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> table{
      {"hostname", [](HostConfig& c, std::string_view v) { c.hostname = v; }},
      {"user", [](HostConfig& c, std::string_view v) { c.user = v; }},
      {"port", [](HostConfig& c, std::string_view v) { c.port = number(v).value_or(0); }},
      {"addressfamily",
       [](HostConfig& c, std::string_view v) {
         c.address_family = v == "inet" ? AF_INET : v == "inet6" ? AF_INET6 : 0;
       }},
      {"identityfile",
       [](HostConfig& c, std::string_view v) {
         if (v != "none") c.identity_files.emplace_back(v);
       }},
      {"identityagent", [](HostConfig& c, std::string_view v) { c.identity_agent = v; }},
      {"identitiesonly", [](HostConfig& c, std::string_view v) { c.identities_only = is_yes(v); }},
      {"userknownhostsfile", [](HostConfig& c, std::string_view v) { c.user_known_hosts = {unless_none(v)}; }},
      {"globalknownhostsfile", [](HostConfig& c, std::string_view v) { c.global_known_hosts = {unless_none(v)}; }},
      {"stricthostkeychecking", [](HostConfig& c, std::string_view v) { c.strict_host_key_checking = strictness(v); }},
      {"hostkeyalias", [](HostConfig& c, std::string_view v) { c.host_key_alias = unless_none(v); }},
      {"hashknownhosts", [](HostConfig& c, std::string_view v) { c.hash_known_hosts = is_yes(v); }},
      {"proxyjump", [](HostConfig& c, std::string_view v) { c.proxy_jump = unless_none(v); }},
      {"proxycommand", [](HostConfig& c, std::string_view v) { c.proxy_command = unless_none(v); }},
      {"proxyusefdpass", [](HostConfig& c, std::string_view v) { c.proxy_use_fdpass = is_yes(v); }},
      {"connecttimeout",
       [](HostConfig& c, std::string_view v) {
         if (const auto seconds = number(v); seconds && *seconds > 0)
           c.connect_timeout = std::chrono::seconds(*seconds);
       }},
  };
  return table;
}

void expand_all(std::vector<std::string>& files, const HostConfig& host, const LocalUser& local) {
  for (std::string& file : files) file = expand_file_name(file, host, local);
}

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

bool begins_a_path(char c) { return std::string_view("/~%$").find(c) != std::string_view::npos; }

/// `ssh -G` prints several files on one line and quotes none. From each word on, the longest name of an existing file
/// is taken; where there is none, the words up to the next one that can begin an absolute path.
std::vector<std::string> files_of(std::string_view line, const HostConfig& host, const LocalUser& local) {
  constexpr std::size_t kMostWords = 32;  // in one name
  std::vector<std::string> files;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return files;
    std::string file;
    std::size_t taken = 0;
    bool found = false, next_begins = false;
    for (std::size_t end = 0, words = 0; end < line.size() && words < kMostWords; ++words) {
      const std::size_t begin = std::min(line.find_first_not_of(' ', end), line.size());
      if (begin == line.size()) break;
      next_begins = next_begins || (words > 0 && begins_a_path(line[begin]));
      end = std::min(line.find(' ', begin), line.size());
      std::string name = expand_file_name(line.substr(0, end), host, local);
      const bool exists = is_file(name);
      if (!exists && (found || next_begins)) continue;
      found = exists;
      taken = end;
      file = std::move(name);
    }
    line.remove_prefix(taken);
    files.push_back(std::move(file));
  }
}

std::string agent_socket(const std::string& setting, const HostConfig& host, const LocalUser& local) {
  if (setting.empty() || setting == "SSH_AUTH_SOCK") return local.auth_sock;
  if (setting == "none") return {};
  if (setting.front() == '$' && setting.find('{') != 1) return environment(setting.c_str() + 1);
  return expand_file_name(setting, host, local);
}

base::Result<void> check_names(const HostConfig& config) {
  const auto refuse = [](const char* what) {
    return base::fail(base::ErrorKind::usage, std::string(what) + " has characters that cannot be in one");
  };
  if (!is_plain_host(config.hostname)) return refuse("the host name that ssh's configuration gives");
  if (!is_plain_user(config.user)) return refuse("the user name that ssh's configuration gives");
  if (!config.host_key_alias.empty() && !is_plain_host(config.host_key_alias)) return refuse("the HostKeyAlias");
  if (config.port <= 0 || config.port > 65535)
    return base::fail(base::ErrorKind::usage, "ssh's configuration gives no valid port");
  return {};
}

std::string token(char name, const HostConfig& host, const LocalUser& local) {
  switch (name) {
    case '%':
      return "%";
    case 'd':
      return local.home;
    case 'h':
      return host.hostname;
    case 'i':
      return local.uid;
    case 'k':
      return host.host_key_alias.empty() ? host.alias : host.host_key_alias;
    case 'L':
      return local.hostname.substr(0, local.hostname.find('.'));
    case 'l':
      return local.hostname;
    case 'n':
      return host.alias;
    case 'p':
      return std::to_string(host.port);
    case 'r':
      return host.user;
    case 'u':
      return local.name;
    default:
      return {'%', name};
  }
}

}  // namespace

LocalUser local_user() {
  LocalUser user;
  user.uid = std::to_string(::getuid());
  if (const passwd* entry = ::getpwuid(::getuid()); entry != nullptr) {
    user.name = entry->pw_name;
    user.home = entry->pw_dir;  // as ssh, which does not look at $HOME
  } else {
    user.name = environment("USER");
    user.home = environment("HOME");
  }
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  user.hostname = name.data();
  user.auth_sock = environment("SSH_AUTH_SOCK");
  return user;
}

bool is_plain_host(std::string_view host) { return is_plain(host, "._:-"); }
bool is_plain_user(std::string_view user) { return is_plain(user, "._:-@+~=,/\\"); }

base::Result<UserAtHost> split_destination(std::string_view name) {
  const std::size_t at = name.rfind('@');
  UserAtHost split;
  if (at != std::string_view::npos) split.user = name.substr(0, at);
  split.host = at == std::string_view::npos ? name : name.substr(at + 1);
  const bool user_fits = at == std::string_view::npos || is_plain_user(split.user);
  if (!is_plain_host(split.host) || !user_fits)
    return base::fail(base::ErrorKind::usage,
                      "not a host name: only letters, digits and ._:- are possible, after user@");
  return split;
}

base::Result<HostConfig> parse_ssh_config(std::string_view output, std::string_view alias, const LocalUser& local) {
  HostConfig config;
  config.alias = alias;
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(std::min(end + 1, output.size()));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    if (const auto setter = setters().find(line.substr(0, space)); setter != setters().end())
      setter->second(config, line.substr(space + 1));
  }
  G5K_TRY(check_names(config));
  expand_all(config.identity_files, config, local);
  for (auto* files : {&config.user_known_hosts, &config.global_known_hosts})
    if (!files->empty()) *files = files_of(std::string(files->front()), config, local);  // the line as it came
  config.identity_agent = agent_socket(config.identity_agent, config, local);
  config.proxy_command = expand_tokens(config.proxy_command, config, local);  // a shell does the rest
  return config;
}

std::string expand_tokens(std::string_view text, const HostConfig& host, const LocalUser& local) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 1 < text.size())
      out += token(text[++i], host, local);
    else
      out += text[i];
  }
  return out;
}

std::string expand_file_name(std::string_view text, const HostConfig& host, const LocalUser& local) {
  std::string out;
  if (text == "~" || text.substr(0, 2) == "~/") {
    out = local.home;
    text.remove_prefix(1);
  }
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find("${"), text.size());
    out += expand_tokens(text.substr(0, begin), host, local);
    text.remove_prefix(begin);
    const std::size_t end = text.find('}');
    if (text.empty() || end == std::string_view::npos) break;
    out += environment(std::string(text.substr(2, end - 2)).c_str());
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace g5ksync::transport
