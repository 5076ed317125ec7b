#include "app/cli/prompter.h"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <future>
#include <set>

#include "engine/base/fd.h"

namespace g5ksync::app {
namespace {

using namespace std::chrono_literals;

/// A pseudo terminal: the test sits at the keyboard.
class Keyboard {
 public:
  Keyboard() {
    int master = -1, slave = -1;
    std::array<char, 64> name{};
    REQUIRE(::openpty(&master, &slave, name.data(), nullptr, nullptr) == 0);
    master_ = base::Fd(master);
    slave_ = base::Fd(slave);
    name_ = name.data();
  }
  const std::string& name() const { return name_; }
  void type(const std::string& keys) const {
    REQUIRE(::write(master_.get(), keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }
  /// What appears on the screen until `text` has.
  std::string see(const std::string& text) {
    while (seen_.find(text) == std::string::npos) {
      pollfd ready{master_.get(), POLLIN, 0};
      REQUIRE(::poll(&ready, 1, 5000) == 1);
      std::array<char, 256> piece;
      const ssize_t count = ::read(master_.get(), piece.data(), piece.size());
      REQUIRE(count > 0);
      seen_.append(piece.data(), static_cast<std::size_t>(count));
    }
    return std::exchange(seen_, {});
  }
  bool echoes() const {
    termios now{};
    REQUIRE(::tcgetattr(slave_.get(), &now) == 0);
    return (now.c_lflag & ECHO) != 0 && (now.c_lflag & ICANON) != 0 && (now.c_lflag & ISIG) != 0;
  }

 private:
  base::Fd master_, slave_;
  std::string name_, seen_;
};

volatile std::sig_atomic_t g_interrupted = 0;

const transport::Prompter::Fits any = [](const std::string&) { return true; };

std::future<std::optional<std::string>> ask_secret(TerminalPrompter& prompter,
                                                   const std::string& prompt = "Passphrase: ") {
  return std::async(std::launch::async, [&prompter, prompt] { return prompter.secret(prompt, any); });
}

TEST_CASE("a secret is read without being shown, and the terminal is put right") {
  Keyboard keyboard;
  int before = 0, after = 0;
  TerminalPrompter prompter({[&] { ++before; }, [&] { ++after; }}, keyboard.name());
  auto answer = ask_secret(prompter);
  keyboard.see("Passphrase: ");
  CHECK_FALSE(keyboard.echoes());
  keyboard.type("opem\177n s\xc3\xa9same\n");
  CHECK(answer.get() == "open s\xc3\xa9same");
  CHECK(keyboard.see("\n").find("pen") == std::string::npos);
  CHECK(keyboard.echoes());
  CHECK(before == 1);
  CHECK(after == 1);
}

TEST_CASE("editing: backspace takes a whole character, ctrl-u the line") {
  Keyboard keyboard;
  TerminalPrompter prompter({}, keyboard.name());
  auto answer = ask_secret(prompter);
  keyboard.see("Passphrase: ");
  keyboard.type("wrong\025a\xc3\xa9\177b\177\177\177c\r");
  CHECK(answer.get() == "c");
}

TEST_CASE("giving up: ctrl-d in an empty line, and cancel() from elsewhere") {
  Keyboard keyboard;
  TerminalPrompter prompter({}, keyboard.name());
  auto answer = ask_secret(prompter);
  keyboard.see("Passphrase: ");
  keyboard.type("\004");
  CHECK_FALSE(answer.get());
  CHECK(keyboard.echoes());
  keyboard.see("\n");
  answer = ask_secret(prompter, "Another: ");
  keyboard.see("Another: ");
  prompter.cancel();
  CHECK_FALSE(answer.get());
  CHECK(keyboard.echoes());
  CHECK_FALSE(prompter.confirm("Again?"));
}

TEST_CASE("ctrl-c ends the question and interrupts the program") {
  Keyboard keyboard;
  TerminalPrompter prompter({}, keyboard.name());
  g_interrupted = 0;
  const auto previous = std::signal(SIGINT, [](int) { g_interrupted = 1; });
  auto answer = ask_secret(prompter);
  keyboard.see("Passphrase: ");
  keyboard.type("half\003");
  CHECK_FALSE(answer.get());
  for (int i = 0; i < 100 && g_interrupted == 0; ++i) ::usleep(10'000);
  CHECK(g_interrupted == 1);
  CHECK(keyboard.echoes());
  std::signal(SIGINT, previous);
}

TEST_CASE("yes or no: no unless yes was said, and what is typed is shown") {
  struct Row {
    std::string keys;
    bool yes;
  };
  for (const Row& row : {Row{"y\n", true}, Row{"YES\n", true}, Row{"n\n", false}, Row{"No\n", false},
                         Row{"yep\nyes\n", true}, Row{"yep\n\nsure\n", false}, Row{"\004", false}}) {
    Keyboard keyboard;
    TerminalPrompter prompter({}, keyboard.name());
    auto answer = std::async(std::launch::async, [&] { return prompter.confirm("The key is new.\nGo on?"); });
    keyboard.see("Go on? (yes/no) ");
    keyboard.type(row.keys);
    CHECK(answer.get() == row.yes);
    const std::string word = row.keys.substr(0, row.keys.find('\n'));
    if (row.keys != "\004") CHECK(keyboard.see("\n").find(word) != std::string::npos);
  }
}

TEST_CASE("a prompt cannot write to the terminal what a server made up") {
  Keyboard keyboard;
  TerminalPrompter prompter({}, keyboard.name());
  auto answer = std::async(std::launch::async, [&] { return prompter.confirm("a\033[2Jb\nc? "); });
  const std::string seen = keyboard.see("c? ");
  CHECK(seen.find("a\\033[2Jb\r\nc? ") != std::string::npos);
  keyboard.type("no\n");
  CHECK_FALSE(answer.get());
}

TEST_CASE("questions from several threads are asked one after the other") {
  Keyboard keyboard;
  int open = 0, most = 0;
  TerminalPrompter prompter({[&] { most = std::max(most, ++open); }, [&] { --open; }}, keyboard.name());
  auto first = ask_secret(prompter, "First: "), second = ask_secret(prompter, "Second: ");
  const bool in_order = keyboard.see(": ").find("First") != std::string::npos;
  keyboard.type("one\n");
  keyboard.see(in_order ? "Second: " : "First: ");
  keyboard.type("two\n");
  CHECK(*first.get() == (in_order ? "one" : "two"));
  CHECK(*second.get() == (in_order ? "two" : "one"));
  CHECK(most == 1);
}

TEST_CASE("the same question is asked once, and a secret until it fits") {
  Keyboard keyboard;
  int asked = 0;
  TerminalPrompter prompter({[&] { ++asked; }, {}}, keyboard.name());
  const transport::Prompter::Fits right = [](const std::string& typed) { return typed == "right"; };
  const auto ask = [&] { return std::async(std::launch::async, [&] { return prompter.secret("Key: ", right); }); };
  auto first = ask(), second = ask();
  keyboard.see("Key: ");
  keyboard.type("wrong\n");
  keyboard.see("That does not fit. Key: ");
  keyboard.type("right\n");
  CHECK(first.get() == "right");
  CHECK(second.get() == "right");
  CHECK(asked == 2);
  auto yes = std::async(std::launch::async, [&] { return prompter.confirm("Go on?"); });
  keyboard.see("Go on? (yes/no) ");
  keyboard.type("yes\n");
  CHECK(yes.get());
  CHECK(prompter.confirm("Go on?"));
  CHECK(asked == 3);
}

TEST_CASE("a secret is asked for three times, and then no more") {
  Keyboard keyboard;
  TerminalPrompter prompter({}, keyboard.name());
  const transport::Prompter::Fits never = [](const std::string&) { return false; };
  auto answer = std::async(std::launch::async, [&] { return prompter.secret("Key: ", never); });
  for (int i = 0; i < 3; ++i) {
    keyboard.see("Key: ");
    keyboard.type("wrong\n");
  }
  CHECK_FALSE(answer.get());
  CHECK_FALSE(prompter.secret("Key: ", any));
}

TEST_CASE("a signal that ends the program puts the terminal right first") {
  Keyboard keyboard;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGTERM, SIG_DFL);
    TerminalPrompter prompter({}, keyboard.name());
    prompter.secret("Passphrase: ", any);
    ::_exit(0);
  }
  keyboard.see("Passphrase: ");
  CHECK_FALSE(keyboard.echoes());
  ::kill(child, SIGTERM);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(keyboard.echoes());
}

TEST_CASE("without a terminal, and in batch, there is no answer") {
  TerminalPrompter nowhere({}, "/no/such/terminal");
  CHECK_FALSE(nowhere.secret("Passphrase: ", any));
  CHECK_FALSE(nowhere.confirm("Go on?"));
  BatchPrompter batch;
  CHECK_FALSE(batch.secret("Passphrase: ", any));
  CHECK_FALSE(batch.confirm("Go on?"));
}

}  // namespace
}  // namespace g5ksync::app
