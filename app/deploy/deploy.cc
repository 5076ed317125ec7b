#include "app/deploy/deploy.h"

#include <algorithm>

#include "app/deploy/bootstrap_script.h"

namespace g5ksync::app {
namespace {

constexpr std::string_view kMarker = "G5KSYNC-READY\n";
constexpr std::string_view kUploadEnd = "\n";  // tells a whole upload from an input that ended
constexpr std::size_t kMostNoise = std::size_t{1} << 20;
constexpr std::size_t kMostLine = 8192;
constexpr std::uint64_t kMostUploads = 4;  // one for each candidate directory

base::Failure failed(std::string context) { return base::fail(base::ErrorKind::deploy, std::move(context)); }

}  // namespace

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \r\n\t");
  if (end == std::string::npos) return {};
  const std::size_t begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

const char* const kRemoteCommand =
    "exec sh -c 'echo G5KSYNC-READY; IFS= read -r n && s=$(head -c \"$n\") && eval \"$s\"'";

Deployment::Deployment(AgentImage image, std::string nonce) : image_(std::move(image)), nonce_(std::move(nonce)) {
  std::string script = "N=" + nonce_ + " H=" + image_.sha256 + " Z=" + std::to_string(image_.packed.size()) + "\n";
  script += kBootstrapScript;
  script_ = std::to_string(script.size()) + "\n" + script;
}

base::ByteView Deployment::front() const {
  if (script_sent_ < script_.size()) return base::view_of(script_).subspan(script_sent_);
  return upload_.empty() ? upload_end_ : upload_;
}

void Deployment::consume(std::size_t count) {
  if (script_sent_ < script_.size())
    script_sent_ += count;
  else if (!upload_.empty())
    upload_ = upload_.subspan(count);
  else
    upload_end_ = upload_end_.subspan(count);
}

base::Result<std::size_t> Deployment::receive(base::ByteView bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !running()) {
    const char byte = static_cast<char>(bytes[taken++]);
    line_ += byte;
    if (stage_ == Stage::silent) {
      if (++noise_ > kMostNoise)
        return failed(
            "the login shell prints without end; make its start-up files quiet for sessions without a terminal");
      if (byte != '\n') continue;
      if (line_.ends_with(kMarker)) stage_ = Stage::talking;
      line_.clear();
    } else if (byte == '\n') {
      line_.pop_back();
      G5K_TRY(on_line(line_));
      line_.clear();
    } else if (line_.size() > kMostLine) {
      return failed("the host's answers make no sense");
    }
  }
  return taken;
}

base::Result<void> Deployment::on_line(std::string_view line) {
  const std::string prefix = "G5KSYNC " + nonce_ + " ";
  if (!line.starts_with(prefix)) return {};  // a tool's chatter
  line.remove_prefix(prefix.size());
  const std::string_view word = line.substr(0, line.find(' '));
  const std::string rest(line.substr(std::min(line.size(), word.size() + 1)));
  if (word == "run") {
    stage_ = Stage::running;
  } else if (word == "need") {
    if (++uploads_ > kMostUploads) return failed("the host asks for the agent again and again");
    upload_ = image_.packed;
    upload_end_ = base::view_of(kUploadEnd);
  } else if (word == "arch") {
    return base::fail(base::ErrorKind::unsupported,
                      "the host is \"" + rest + "\", and the agent runs on Linux x86_64 only");
  } else if (word == "none") {
    return failed("no place for the agent: " + rest +
                  "; make room there, or set XDG_CACHE_HOME on the host to a directory that can run programs");
  }
  return {};
}

base::Error Deployment::ended_early(const std::string& stderr_text, std::optional<int> exit_status) const {
  std::string context = stage_ == Stage::silent ? "the login shell ended without running a command"
                                                : "the command on the host ended before the agent ran";
  if (exit_status) context += " (exit status " + std::to_string(*exit_status) + ")";
  if (const std::string words = last_line(stderr_text); !words.empty()) context += ": " + words;
  return {base::ErrorKind::deploy, 0, std::move(context)};
}

std::string Deployment::phase() const {
  if (!upload_.empty()) return "sending the agent";
  return stage_ == Stage::silent ? "waiting for a shell" : "starting the agent";
}

}  // namespace g5ksync::app
