// Somebody swaps a directory for a link to another, all the time: no call may ever get out.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/fs/implementations.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using test::ScratchDir;

namespace {

constexpr int kRounds = 1250;
constexpr int kLeastSwaps = 100;

/// Exchanges root/d (a directory) and root/d.swap (a link to ../outside) until it is told to stop.
class Swapper {
 public:
  explicit Swapper(const ScratchDir& at)
      : thread_([this, one = at.path("root/a/d"), other = at.path("root/a/d.swap")] {
          constexpr unsigned exchange = 2;  // RENAME_EXCHANGE
          while (!stop_.load()) {
            ::syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), exchange);
            swaps_.fetch_add(1);
          }
        }) {}
  Swapper(const Swapper&) = delete;
  Swapper& operator=(const Swapper&) = delete;
  ~Swapper() {
    stop_ = true;
    thread_.join();
  }
  int swaps() const { return swaps_.load(); }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> swaps_{0};
  std::thread thread_;
};

/// One round of all that a replica does below a/d; gives whether it got in.
bool operate(fs::Directory& root, int round) {
  auto directory = root.open_directory("a/d");
  if (!directory) return false;
  const std::string name = "f" + std::to_string(round % 7);
  if (auto temp = (*directory)->create_temp(".t"); temp) {
    (void)(*temp)->write_at(0, base::view_of("x"));
    (void)(*temp)->commit({}, name);
  }
  (void)(*directory)->make_directory("sub", 0755);
  (void)root.open_directory("a/d/sub");
  (void)root.open_file("a/d/secret");
  fs::Attributes attributes;
  attributes.set_mode = attributes.set_mtime = true;
  attributes.mode = 0700;
  (void)(*directory)->set_own_attributes(attributes);
  (void)(*directory)->remove_directory("sub");
  (void)(*directory)->remove_file(name);
  return true;
}

}  // namespace

TEST_CASE("while a directory and a link trade places, nothing outside is read, written or changed") {
  const ScratchDir at;
  for (const char* name : {"root", "root/a", "root/a/d", "outside", "outside/sub"}) at.directory(name);
  at.file("outside/secret", "secret");
  at.symlink("root/a/d.swap", "../../outside");
  const std::size_t index = GENERATE(range(std::size_t{0}, test::implementations().size() - 1));
  UNSCOPED_INFO("implementation: " << test::implementations()[index].name);
  const auto root = test::implementations()[index].open(at.path("root"));
  struct stat before, after;
  REQUIRE(::stat(at.path("outside").c_str(), &before) == 0);

  int entered = 0, secrets = 0;
  {
    const Swapper swapper(at);
    // More rounds where a busy machine has kept one side from its turn so far.
    const auto raced = [&] { return entered > 0 && swapper.swaps() >= kLeastSwaps; };
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (int round = 0; round < kRounds || (!raced() && std::chrono::steady_clock::now() < patience); ++round) {
      entered += operate(*root, round) ? 1 : 0;
      secrets += root->open_file("a/d/secret") ? 1 : 0;
      fs::Attributes attributes;
      attributes.set_mode = attributes.set_mtime = true;
      attributes.mode = 0711;
      const auto parent = root->open_directory("a").value();
      (void)parent->set_attributes("d", fs::FileType::directory, attributes);
      (void)parent->set_attributes("d", fs::FileType::symlink, attributes);
    }
    CHECK(swapper.swaps() > 0);
  }
  CHECK(entered > 0);
  CHECK(secrets == 0);
  REQUIRE(::stat(at.path("outside").c_str(), &after) == 0);
  CHECK(at.names("outside") == "secret sub");
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_ctim.tv_sec == before.st_ctim.tv_sec);
  CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}
