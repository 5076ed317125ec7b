#include "transport/config/resolver.h"

#include <algorithm>

namespace g5ksync::transport {
namespace {

constexpr std::size_t kAtOnce = 4;
constexpr base::Nanos kPatience = std::chrono::seconds(20);  // Match exec blocks may take their time

std::string first_line(const std::string& text) { return text.substr(0, text.find_first_of("\r\n")); }

std::vector<std::string> split_at_nul(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

struct Resolver::Job {
  std::vector<std::string> words;
  std::shared_ptr<Lookup> lookup;
  std::unique_ptr<CapturedRun> run;
  std::optional<HostConfig> config;  // once ssh -G has answered: the run is the shell's then
};

Resolver::Resolver(Loop& loop, std::string ssh_config)
    : loop_(loop), ssh_config_(std::move(ssh_config)), local_(local_user()) {
  loop_.add(*this);
}

Resolver::~Resolver() { loop_.remove(*this); }

std::vector<std::string> Resolver::words_for(const std::string& name) const {
  if (ssh_config_.empty()) return {name};
  return {"-F", ssh_config_, name};
}

std::shared_ptr<const Lookup> Resolver::look_up(const std::vector<std::string>& words) {
  auto& answer = answers_[words];
  if (answer) return answer;
  answer = std::make_shared<Lookup>();
  if (const auto name = split_destination(words.back()); !name) {
    answer->result = base::Failure(name.error());
    return answer;
  }
  auto job = std::make_unique<Job>();
  job->words = words;
  job->lookup = answer;
  waiting_.push_back(std::move(job));
  return answer;
}

bool Resolver::pump() {
  bool moved = false;
  while (!waiting_.empty() && running_.size() < kAtOnce) {
    Job& job = *waiting_.front();
    std::vector<std::string> argv{"ssh", "-G"};
    argv.insert(argv.end(), job.words.begin(), job.words.end() - 1);
    argv.insert(argv.end(), {"--", job.words.back()});
    job.run = std::make_unique<CapturedRun>(loop_.clock(), std::move(argv), loop_.clock().now() + kPatience);
    running_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    moved = true;
  }
  for (auto& job : running_) moved |= advance(*job);
  std::erase_if(running_, [](const auto& job) { return job->lookup->result.has_value(); });
  return moved;
}

bool Resolver::advance(Job& job) {
  const bool moved = job.run->pump();
  if (auto result = job.run->take_result()) {
    if (job.config)
      on_words(job, std::move(*result));
    else
      on_config(job, std::move(*result));
    return true;
  }
  return moved;
}

void Resolver::on_config(Job& job, base::Result<RunOutput> run) {
  const auto give_up = [&](base::Error error) { job.lookup->result = base::Failure(std::move(error)); };
  if (!run) return give_up(std::move(run).error().with("asking ssh for its configuration (ssh -G)"));
  if (run->exit_status != 0) return give_up({base::ErrorKind::usage, 0, "ssh -G refuses: " + first_line(run->err)});
  const UserAtHost name = split_destination(job.words.back()).value();
  auto config = parse_ssh_config(run->out, name.host, local_);
  if (!config) return give_up(std::move(config).error());
  job.config = std::move(*config);
  if (!job.config->proxy_jump.empty()) {
    auto gateway = jump_gateway(*job.config);
    if (!gateway) return give_up(std::move(gateway).error());
    return finish(job, {Route::Kind::gateway, std::move(*gateway), {}});
  }
  const std::string& command = job.config->proxy_command;
  if (command.empty()) return finish(job, {});
  if (job.config->proxy_use_fdpass)
    return give_up({base::ErrorKind::unsupported, 0,
                    "ProxyUseFdpass is not supported; set it to no and let the ProxyCommand relay the bytes"});
  if (is_compound_command(command)) return finish(job, {Route::Kind::program, {}, command});
  job.run = std::make_unique<CapturedRun>(
      loop_.clock(), std::vector<std::string>{"sh", "-c", "set -- " + command + "\nprintf '%s\\0' \"$@\""},
      loop_.clock().now() + kPatience);
}

void Resolver::on_words(Job& job, base::Result<RunOutput> run) {
  if (run && run->exit_status == 0)
    if (auto gateway = recognise_gateway(split_at_nul(run->out)))
      return finish(job, {Route::Kind::gateway, std::move(*gateway), {}});
  finish(job, {Route::Kind::program, {}, job.config->proxy_command});
}

void Resolver::finish(Job& job, Route route) {
  job.lookup->result = Resolution{std::move(*job.config), std::move(route)};
}

/// As ssh does it: the last hop is the gateway, reached by way of the ones before it.
base::Result<Gateway> Resolver::jump_gateway(const HostConfig& config) const {
  const std::size_t comma = config.proxy_jump.rfind(',');
  const std::string last = config.proxy_jump.substr(comma == std::string::npos ? 0 : comma + 1);
  const auto hop = jump_words(last);
  if (!hop) return base::fail(base::ErrorKind::usage, "ProxyJump is not [user@]host[:port]");
  Gateway gateway;
  if (!ssh_config_.empty()) gateway.ssh_words = {"-F", ssh_config_};
  if (comma != std::string::npos)
    gateway.ssh_words.insert(gateway.ssh_words.end(), {"-J", config.proxy_jump.substr(0, comma)});
  gateway.ssh_words.insert(gateway.ssh_words.end(), hop->begin(), hop->end());
  gateway.name = hop->back();
  gateway.forward_host = config.hostname;
  gateway.forward_port = config.port;
  return gateway;
}

void Resolver::wait_for(std::vector<pollfd>& fds) const {
  for (const auto& job : running_) job->run->wait_for(fds);
}

base::Nanos Resolver::next_deadline() const {
  base::Nanos next = base::Nanos::max();
  for (const auto& job : running_) next = std::min(next, job->run->next_deadline());
  return next;
}

}  // namespace g5ksync::transport
