// A Directory that does what the real one does, until it is told to fail: for tests of everything above engine/fs.
//
//   auto faults = std::make_shared<Faults>();
//   faults->fail(Verb::write, ENOSPC, 3);                  // the third write from now on, wherever it is
//   auto directory = make_faulty(*fs::open_root(path), faults);
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/fs/directory.h"

namespace g5ksync::test {

/// The verbs of Directory, then those of TempFile.
enum class Verb {
  names,
  stat,
  stat_self,
  open_directory,
  open_file,
  read_link,
  make_directory,
  make_symlink,
  make_node,
  create_temp,
  rename,
  remove_file,
  remove_directory,
  set_attributes,
  set_own_attributes,
  write,
  read,
  commit,
};

enum class Span { once, from_then_on };

/// What goes wrong, and when; shared by a directory and all that is opened through it. Any thread.
class Faults {
 public:
  /// The `nth` call of `verb` from now on (1: the next) fails with `sys_errno` and has no effect.
  void fail(Verb verb, int sys_errno, int nth = 1, Span span = Span::once);
  /// Just before the `nth` call of `verb` from now on, `act` is called with the name that the call is about: for
  /// changes behind the program's back.
  void before(Verb verb, std::function<void(std::string_view name)> act, int nth = 1);
  /// As if the process were killed here: every later call fails (EIO), and temp files stay where they are.
  void crash();
  bool crashed() const;
  /// All calls of `verb` so far.
  int calls(Verb verb) const;

  /// For the faulty classes: counts the call and gives the errno that it must fail with.
  std::optional<int> strike(Verb verb, std::string_view name);

 private:
  struct Plan {
    Verb verb;
    int wait;
    Span span;
    int sys_errno;
    std::function<void(std::string_view)> act;
  };
  mutable std::mutex mutex_;
  std::vector<Plan> plans_;
  std::array<int, static_cast<std::size_t>(Verb::commit) + 1> calls_{};
  bool crashed_ = false;
};

std::unique_ptr<fs::Directory> make_faulty(std::unique_ptr<fs::Directory> real, std::shared_ptr<Faults> faults);

}  // namespace g5ksync::test
