#include "transport/ssh/known_hosts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "engine/base/fd.h"
#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport {
namespace {

constexpr std::string_view kHashed = "|1|";
constexpr std::string_view kBlank = " \t\r";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

/// '*' and '?' as in ssh_config(5) PATTERNS; linear in the length of both for one star.
bool matches_wildcard(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// "|1|salt|HMAC-SHA1(salt, name)", both in base64.
bool matches_hashed(std::string_view name, std::string_view pattern) {
  pattern.remove_prefix(kHashed.size());
  const std::size_t bar = pattern.find('|');
  if (bar == std::string_view::npos) return false;
  const auto salt = from_base64(pattern.substr(0, bar));
  const auto hash = from_base64(pattern.substr(bar + 1));
  return salt && hash && hmac_sha1(*salt, name) == *hash;
}

std::string hashed_name(std::string_view name) {
  const std::string salt = random_bytes(20);
  return std::string(kHashed) + base64(salt) + "|" + base64(hmac_sha1(salt, name));
}

bool lacks_final_newline(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

std::string host_key_name(std::string_view host, int port) {
  return port == 22 ? lower(host) : "[" + lower(host) + "]:" + std::to_string(port);
}

bool matches_host_patterns(std::string_view name, std::string_view patterns) {
  if (patterns.substr(0, kHashed.size()) == kHashed) return matches_hashed(name, patterns);
  bool found = false;
  while (!patterns.empty()) {
    std::string_view pattern = patterns.substr(0, patterns.find(','));
    patterns.remove_prefix(std::min(pattern.size() + 1, patterns.size()));
    const bool negated = !pattern.empty() && pattern.front() == '!';
    if (negated) pattern.remove_prefix(1);
    if (pattern.empty() || !matches_wildcard(name, lower(pattern))) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

KnownHosts KnownHosts::read(const std::vector<std::string>& files) {
  KnownHosts hosts;
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    hosts.parse(std::string(std::istreambuf_iterator<char>(in), {}), file);
  }
  return hosts;
}

void KnownHosts::parse(std::string_view text, const std::string& file) {
  for (int number = 1; !text.empty(); ++number) {
    std::string_view rest = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(rest.size() + 1, text.size()));
    Line line;
    std::string_view word = next_word(rest);
    if (word.empty() || word.front() == '#') continue;
    if (word.front() == '@') {
      if (word != "@revoked") continue;
      line.marker = Line::Marker::revoked;
      word = next_word(rest);
    }
    line.patterns = word;
    line.type = next_word(rest);
    line.key = next_word(rest);
    if (line.key.empty()) continue;
    line.file = file;
    line.number = number;
    lines_.push_back(std::move(line));
  }
}

HostKeyFinding KnownHosts::check(std::string_view name, std::string_view key) const {
  using Verdict = HostKeyFinding::Verdict;
  const std::string type = key_type(key), key_text = base64(key);
  HostKeyFinding finding;
  // trusted beats changed (several keys of a type are fine) beats other_type; revoked beats all.
  for (const Line& line : lines_) {
    const bool same_key = line.key == key_text;
    if ((line.marker == Line::Marker::revoked && !same_key) || !matches_host_patterns(name, line.patterns)) continue;
    if (line.marker == Line::Marker::revoked) return {Verdict::revoked, line.file, line.number};
    const Verdict verdict = same_key ? Verdict::trusted : line.type == type ? Verdict::changed : Verdict::other_type;
    const bool better = finding.verdict == Verdict::unknown || verdict == Verdict::trusted ||
                        (verdict == Verdict::changed && finding.verdict == Verdict::other_type);
    if (better && finding.verdict != Verdict::trusted) finding = {verdict, line.file, line.number};
  }
  return finding;
}

std::vector<std::string> KnownHosts::types_of(std::string_view name) const {
  std::vector<std::string> types;
  for (const Line& line : lines_)
    if (line.marker == Line::Marker::none && std::find(types.begin(), types.end(), line.type) == types.end() &&
        matches_host_patterns(name, line.patterns))
      types.push_back(line.type);
  return types;
}

base::Result<void> add_known_host(const std::string& file, std::string_view name, std::string_view key, bool hashed) {
  if (const std::size_t slash = file.rfind('/'); slash != std::string::npos && slash > 0)
    ::mkdir(file.substr(0, slash).c_str(), 0700);
  const base::Fd fd(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return base::fail_errno(errno, "opening " + file);
  std::string line = lacks_final_newline(fd.get()) ? "\n" : "";
  line += (hashed ? hashed_name(name) : std::string(name)) + " " + key_type(key) + " " + base64(key) + "\n";
  if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return base::fail_errno(errno, "writing " + file);
  return {};
}

}  // namespace g5ksync::transport
