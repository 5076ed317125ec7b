#include "tests/app/run/trees.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace g5ksync::test {

namespace stdfs = std::filesystem;

std::size_t draw_size(std::mt19937_64& random) {
  static constexpr std::size_t kBorders[] = {0, 1, 100, 5'000, (256 << 10) - 1, 256 << 10, 300'000, (4 << 20) + 1};
  const std::size_t border = kBorders[std::uniform_int_distribution<std::size_t>(0, 99)(random) < 92
                                          ? std::uniform_int_distribution<std::size_t>(0, 3)(random)
                                          : std::uniform_int_distribution<std::size_t>(4, 7)(random)];
  return border;
}

void write_file(const std::string& path, std::size_t size, std::mt19937_64& random) {
  std::string bytes(size, 'x');
  for (std::size_t i = 0; i < size; i += 1 + size / 64) bytes[i] = static_cast<char>(random());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string random_bytes(std::size_t size, std::mt19937_64& random) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

void write(const stdfs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string content_of(const stdfs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<stdfs::path> paths_below(const std::string& root) {
  std::vector<stdfs::path> all;
  for (const auto& entry : stdfs::recursive_directory_iterator(root)) all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

void make_tree(const std::string& root, std::mt19937_64& random) {
  std::vector<std::string> directories{root};
  const auto any = [&] { return directories[random() % directories.size()]; };
  for (int i = 0; i < 12; ++i) {
    directories.push_back(any() + "/d" + std::to_string(i));
    stdfs::create_directory(directories.back());
  }
  for (int i = 0; i < 120; ++i) write_file(any() + "/f" + std::to_string(i), draw_size(random), random);
  for (int i = 0; i < 5; ++i) stdfs::create_symlink("f" + std::to_string(i), any() + "/l" + std::to_string(i));
  ::mkfifo((any() + "/fifo").c_str(), 0640);
  std::ofstream(any() + "/a\nname\x01\xff") << "odd";
  stdfs::permissions(directories[3], stdfs::perms::owner_read | stdfs::perms::owner_exec);
  stdfs::permissions(directories[3], stdfs::perms::owner_all);
}

bool same_tree(const std::string& a, const std::string& b) {
  const std::string command = "rsync -nacHAXi --delete " + a + "/ " + b + "/ 2>&1";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  std::string text;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, count);
  if (!text.empty()) UNSCOPED_INFO(text);
  return text.empty();
}

void check_same(Simulation& run, std::size_t i, const std::string& source, const std::string& place) {
  INFO(place << (run.replica(i).broken ? run.replica(i).broken->message() : ""));
  CHECK(run.replica(i).finished());
  CHECK(same_tree(source, place));
}

bool ends(Simulation& run) {
  const bool ended = run.run();
  if (!ended) UNSCOPED_INFO(run.describe());
  return ended;
}

std::uint64_t base_seed() {
  if (const char* given = std::getenv("G5KSYNC_SEED")) return std::strtoull(given, nullptr, 10);
  return 20'261'124;
}

}  // namespace g5ksync::test
