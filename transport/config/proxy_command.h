// Recognising a gateway in a ProxyCommand: `ssh GATEWAY -W HOST:PORT` in its many spellings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g5ksync::transport {

/// A host reached by a TCP connection that a gateway's sshd opens (RFC 4254, 7.2: direct-tcpip).
struct Gateway {
  std::vector<std::string> ssh_words;  // what to ask `ssh -G` for it: options, then [user@]name
  std::string name;                    // for people: the last of the words
  std::string forward_host;
  int forward_port = 22;
};

/// Whether the shell would see more than one simple command: any of ; | & < > or a line break outside quotes, or
/// unbalanced quotes.
bool is_compound_command(std::string_view command);

/// The words a shell has made of a simple command, judged: an ssh (an `exec` before it does not count) whose options
/// are all known, with -W HOST:PORT, a plain gateway name and no command after it. Nothing when it is anything else,
/// in which case the command has to be run as a program.
std::optional<Gateway> recognise_gateway(const std::vector<std::string>& words);

/// "[user@]host[:port]" or "ssh://…" as in ProxyJump, as words for `ssh -G`. Nothing if it is not well-formed.
std::optional<std::vector<std::string>> jump_words(std::string_view hop);

}  // namespace g5ksync::transport
