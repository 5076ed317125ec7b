#include "app/cli/prompter.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "engine/base/fd.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

constexpr std::size_t kLongestAnswer = 1024;
constexpr int kLookEvery = 100;  // milliseconds between looks at cancel()

constexpr char kCtrlC = 3, kCtrlD = 4, kBackspace = 8, kCtrlU = 21, kDelete = 127;

constexpr std::array kEndingSignals{SIGHUP, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV};

// The terminal that a signal handler puts right. Questions are asked one at a time.
volatile std::sig_atomic_t g_terminal = -1;
termios g_before;

extern "C" void put_right_and_end(int signal) {
  if (g_terminal >= 0) ::tcsetattr(g_terminal, TCSANOW, &g_before);
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// While it lives, keys come one by one, unseen and without the signals that they stand for.
class RawTerminal {
 public:
  explicit RawTerminal(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &g_before) != 0) return;
    termios raw = g_before;
    raw.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO | ISIG | IEXTEN));
    raw.c_iflag &= static_cast<tcflag_t>(~IXON);
    raw.c_iflag |= ICRNL;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    g_terminal = fd_;
    guard_signals();
    ready_ = ::tcsetattr(fd_, TCSADRAIN, &raw) == 0;
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal() {
    if (g_terminal < 0) return;
    ::tcsetattr(fd_, TCSADRAIN, &g_before);
    for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
      if (guarded_[i]) ::sigaction(kEndingSignals[i], &previous_[i], nullptr);
    g_terminal = -1;
  }
  bool ready() const { return ready_; }

 private:
  /// Only signals with their default action: a program that handles one ends in its own way, by the destructor.
  void guard_signals() {
    for (std::size_t i = 0; i < kEndingSignals.size(); ++i) {
      struct sigaction action {};
      ::sigaction(kEndingSignals[i], nullptr, &previous_[i]);
      guarded_[i] = (previous_[i].sa_flags & SA_SIGINFO) == 0 && previous_[i].sa_handler == SIG_DFL;
      if (!guarded_[i]) continue;
      action.sa_handler = put_right_and_end;
      ::sigaction(kEndingSignals[i], &action, nullptr);
    }
  }

  int fd_;
  bool ready_ = false;
  std::array<bool, kEndingSignals.size()> guarded_{};
  std::array<struct sigaction, kEndingSignals.size()> previous_{};
};

void show(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// A prompt may hold what a server said: its lines are kept, anything else is escaped.
std::string safe(const std::string& prompt) {
  std::string text;
  for (std::size_t at = 0; at < prompt.size();) {
    const std::size_t end = std::min(prompt.find('\n', at), prompt.size());
    text += base::printable(prompt.substr(at, end - at)) + (end < prompt.size() ? "\n" : "");
    at = end + 1;
  }
  return text;
}

/// Overwrites before freeing, so that a passphrase is not left behind.
void forget(std::string& text) {
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

enum class Ended { entered, given_up, interrupted };

/// The line that is being typed.
class LineEditor {
 public:
  LineEditor(int fd, bool shown) : fd_(fd), shown_(shown) { text_.reserve(kLongestAnswer); }

  /// Nothing while the line goes on.
  std::optional<Ended> key(char c) {
    if (c == '\n' || c == '\r') return Ended::entered;
    if (c == kCtrlC) return Ended::interrupted;
    if (c == kCtrlD) return text_.empty() ? std::optional(Ended::given_up) : std::nullopt;
    if (c == kDelete || c == kBackspace) {
      erase_last();
    } else if (c == kCtrlU) {
      while (!text_.empty()) erase_last();
    } else if (static_cast<unsigned char>(c) >= 0x20 && text_.size() < kLongestAnswer) {
      text_ += c;
      if (shown_) show(fd_, std::string_view(&c, 1));
    }
    return std::nullopt;
  }
  std::string& text() { return text_; }

 private:
  void erase_last() {
    if (text_.empty()) return;
    while (text_.size() > 1 && (static_cast<unsigned char>(text_.back()) & 0xC0U) == 0x80) text_.pop_back();
    text_.pop_back();
    if (shown_) show(fd_, "\b \b");
  }

  int fd_;
  bool shown_;
  std::string text_;
};

Ended read_line(int fd, LineEditor& editor, const std::atomic<bool>& cancelled) {
  while (!cancelled) {
    pollfd ready{fd, POLLIN, 0};
    const int count = ::poll(&ready, 1, kLookEvery);
    if (count < 0 && errno != EINTR) return Ended::given_up;
    if (count <= 0) continue;
    char c = 0;
    const ssize_t got = ::read(fd, &c, 1);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return Ended::given_up;
    if (got < 0) continue;
    if (const auto ended = editor.key(c)) return *ended;
  }
  return Ended::given_up;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool in_background(int fd) {
  const pid_t foreground = ::tcgetpgrp(fd);
  return foreground > 0 && foreground != ::getpgrp();
}

}  // namespace

TerminalPrompter::TerminalPrompter(PromptHooks hooks, std::string terminal)
    : hooks_(std::move(hooks)), terminal_(std::move(terminal)) {}

TerminalPrompter::~TerminalPrompter() {
  for (auto& [prompt, secret] : secrets_)
    if (secret) forget(*secret);
}

std::optional<std::string> TerminalPrompter::secret(const std::string& prompt, const Fits& fits) {
  const std::scoped_lock one_at_a_time(mutex_);
  if (const auto known = secrets_.find(prompt); known != secrets_.end())
    return known->second && fits(*known->second) ? known->second : std::nullopt;
  std::optional<std::string>& kept = secrets_[prompt];
  std::string asked = prompt;
  for (int attempt = 0; attempt < kAttempts && !kept; ++attempt) {
    std::optional<std::string> answer = ask(asked, Echo::off);
    if (!answer) break;
    if (fits(*answer))
      kept = std::move(answer);
    else
      forget(*answer);
    asked = "That does not fit. " + prompt;
  }
  return kept;
}

bool TerminalPrompter::confirm(const std::string& question) {
  const std::scoped_lock one_at_a_time(mutex_);
  if (const auto known = confirmed_.find(question); known != confirmed_.end()) return known->second;
  const bool yes = ask_yes_or_no(question);
  confirmed_[question] = yes;
  return yes;
}

bool TerminalPrompter::ask_yes_or_no(const std::string& question) {
  std::string prompt = question + " (yes/no) ";
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::optional<std::string> answer = ask(prompt, Echo::on);
    if (!answer) return false;
    const std::string word = lower_case(*answer);
    if (word == "y" || word == "yes") return true;
    if (word == "n" || word == "no") return false;
    prompt = "Please type yes or no: ";
  }
  return false;
}

std::optional<std::string> TerminalPrompter::ask(const std::string& prompt, Echo echo) {
  const base::Fd terminal(::open(terminal_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal || cancelled_ || in_background(terminal.get())) return std::nullopt;
  if (hooks_.before) hooks_.before();
  LineEditor editor(terminal.get(), echo == Echo::on);
  Ended ended = Ended::given_up;
  {
    const RawTerminal raw(terminal.get());
    if (raw.ready()) {
      show(terminal.get(), safe(prompt));
      ended = read_line(terminal.get(), editor, cancelled_);
      show(terminal.get(), "\r\n");
    }
  }
  if (hooks_.after) hooks_.after();
  if (ended == Ended::interrupted) ::kill(::getpid(), SIGINT);
  if (ended == Ended::entered) return std::move(editor.text());
  forget(editor.text());
  return std::nullopt;
}

}  // namespace g5ksync::app
