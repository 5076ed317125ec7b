#include "app/cli/advice.h"

#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

using base::ErrorKind;

/// For an error without context: the kind in words.
std::string_view words_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "wrong use";
    case ErrorKind::not_found:
      return "not found";
    case ErrorKind::permission:
      return "permission denied";
    case ErrorKind::no_space:
      return "no space left";
    case ErrorKind::io:
      return "input or output failed";
    case ErrorKind::changed:
      return "changed while it was read";
    case ErrorKind::protocol:
      return "the conversation broke a rule of the protocol";
    case ErrorKind::unsupported:
      return "not supported there";
    case ErrorKind::connection:
      return "connection lost";
    case ErrorKind::host_key:
      return "the host's key is not trusted";
    case ErrorKind::auth:
      return "none of your keys is accepted";
    case ErrorKind::deploy:
      return "the agent could not be started";
    case ErrorKind::timeout:
      return "timed out";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "failed";
}

/// Advice on a host that ssh reaches, or should.
std::string on_host(ErrorKind kind, const std::string& ssh) {
  switch (kind) {
    case ErrorKind::connection:
    case ErrorKind::timeout:
      return "see whether this works: " + ssh + " true";
    case ErrorKind::host_key:
      return "to look at the key and accept it: " + ssh;
    case ErrorKind::auth:
      return "see which keys are offered: " + ssh + " -v true";
    case ErrorKind::deploy:
      return "the home there must be writable and let programs run: " + ssh + " 'df -h ~; ls -ld ~/.cache'";
    case ErrorKind::no_space:
      return "see what is full: " + ssh + " 'df -h; quota'";
    case ErrorKind::permission:
      return "choose a directory of yours with --to";
    case ErrorKind::protocol:
    case ErrorKind::unsupported:
      return "the shell there must print nothing of its own: " + ssh + " true";
    default:
      return {};
  }
}

}  // namespace

std::string ssh_words(const std::string& ssh_config, const std::string& ssh_name) {
  if (ssh_config.empty() || ssh_name.empty()) return ssh_name;
  return "-F " + base::shell_word(ssh_config) + " " + ssh_name;
}

std::string what_happened(std::string_view host, const base::Error& error) {
  const std::string message = error.message();
  const std::string words = message.empty() ? std::string(words_of(error.kind)) : base::printable(message);
  return host.empty() ? words : base::printable(host) + ": " + words;
}

std::string what_to_do(const base::Error& error, std::string_view ssh) {
  if (ssh.empty()) return {};
  return on_host(error.kind, "ssh " + base::printable(ssh));
}

std::string explain(std::string_view host, std::string_view ssh, const base::Error& error) {
  const std::string advice = what_to_do(error, ssh);
  return what_happened(host, error) + (advice.empty() ? "" : " (" + advice + ")");
}

}  // namespace g5ksync::app
