#include "transport/config/proxy_command.h"

#include <charconv>

#include "transport/config/ssh_config.h"

namespace g5ksync::transport {
namespace {

// ssh(1). Options that change what the connection is for (-f -n -N -D -L -R -S -M -O -Q -V -w -t -G -y) are not known.
constexpr std::string_view kFlags = "46aACkKqTvxX";
constexpr std::string_view kWithValue = "BbcEeFiJlmopW";

struct HostPort {
  std::string host;
  int port = 0;
};

std::optional<int> port_number(std::string_view text) {
  int port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) return std::nullopt;
  return port;
}

/// "host:port" or "[v6]:port".
std::optional<HostPort> split_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto port = port_number(text.substr(colon + 1));
  if (!port || !is_plain_host(host)) return std::nullopt;
  return HostPort{std::string(host), *port};
}

bool is_ssh(std::string_view program) {
  const std::size_t slash = program.rfind('/');
  return program.substr(slash == std::string_view::npos ? 0 : slash + 1) == "ssh";
}

/// Goes through one word of options ("-qW", "host:22" …); false: something unknown in it.
class OptionWords {
 public:
  explicit OptionWords(const std::vector<std::string>& words) : words_(words) {}

  bool take(std::size_t& at) {
    const std::string& word = words_[at];
    for (std::size_t i = 1; i < word.size(); ++i) {
      if (kFlags.find(word[i]) != std::string_view::npos) {
        kept.push_back({'-', word[i]});
        continue;
      }
      if (kWithValue.find(word[i]) == std::string_view::npos) return false;
      std::string value = word.substr(i + 1);
      if (value.empty()) {
        if (++at >= words_.size()) return false;
        value = words_[at];
      }
      if (word[i] == 'W')
        target = value;
      else
        kept.insert(kept.end(), {std::string{'-', word[i]}, value});
      return true;
    }
    return true;
  }

  std::vector<std::string> kept;  // without -W
  std::string target;

 private:
  const std::vector<std::string>& words_;
};

}  // namespace

bool is_compound_command(std::string_view command) {
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'') {
      ++i;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (std::string_view(";|&<>\n\r").find(c) != std::string_view::npos) {
      return true;
    }
  }
  return quote != 0;
}

std::optional<Gateway> recognise_gateway(const std::vector<std::string>& words) {
  std::size_t at = 0;
  if (at < words.size() && words[at] == "exec") ++at;
  if (at >= words.size() || !is_ssh(words[at])) return std::nullopt;
  OptionWords options(words);
  std::string name;
  bool options_over = false;
  for (++at; at < words.size(); ++at) {
    if (!options_over && words[at] == "--") {
      options_over = true;
    } else if (!options_over && words[at].size() > 1 && words[at].front() == '-') {
      if (!options.take(at)) return std::nullopt;
    } else if (name.empty()) {
      name = words[at];
    } else {
      return std::nullopt;  // a command for the gateway
    }
  }
  const auto target = split_host_port(options.target);
  if (!target || name.empty()) return std::nullopt;
  const auto hop = jump_words(name);
  if (!hop) return std::nullopt;
  Gateway gateway{options.kept, hop->back(), target->host, target->port};
  gateway.ssh_words.insert(gateway.ssh_words.end(), hop->begin(), hop->end());
  return gateway;
}

std::optional<std::vector<std::string>> jump_words(std::string_view hop) {
  constexpr std::string_view kScheme = "ssh://";
  if (hop.substr(0, kScheme.size()) == kScheme) hop.remove_prefix(kScheme.size());
  std::vector<std::string> words;
  std::string_view user;
  if (const std::size_t at = hop.rfind('@'); at != std::string_view::npos) {
    user = hop.substr(0, at + 1);
    hop.remove_prefix(at + 1);
  }
  const bool bracketed = !hop.empty() && hop.front() == '[';
  const bool has_port = bracketed ? hop.find("]:") != std::string_view::npos
                                  : hop.find(':') != std::string_view::npos && hop.find(':') == hop.rfind(':');
  std::string host(hop);
  if (has_port) {
    const auto split = split_host_port(hop);
    if (!split) return std::nullopt;
    host = split->host;
    words = {"-p", std::to_string(split->port)};
  } else if (bracketed && hop.back() == ']') {
    host = hop.substr(1, hop.size() - 2);
  }
  if (!is_plain_host(host) || (!user.empty() && !is_plain_user(user.substr(0, user.size() - 1)))) return std::nullopt;
  words.push_back(std::string(user) + host);
  return words;
}

}  // namespace g5ksync::transport
