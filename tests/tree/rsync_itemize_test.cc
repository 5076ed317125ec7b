// Our differences and itemized strings against rsync's: random pairs of directories, the same lines.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>

#include "engine/tree/quick_check.h"
#include "tests/fs/scratch.h"
#include "tests/tree/recorder.h"
#include "tests/tree/random.h"
#include "tests/tree/run_rsync.h"

using namespace g5ksync;
using fs::FileType;
using test::Random;
using test::ScratchDir;
using tree::AttributeMask;

namespace {

/// One of a few values for each attribute, so that the two sides often agree.
void make_entry(fs::Directory& directory, const std::string& name, FileType type, Random& random) {
  switch (type) {
    case FileType::directory:
      REQUIRE(directory.make_directory(name, 0755));
      break;
    case FileType::symlink:
      REQUIRE(directory.make_symlink(name, random() % 3 == 0 ? "other" : "target"));
      break;
    case FileType::regular: {
      auto temp = directory.create_temp(".temp").value();
      REQUIRE(temp->write_at(0, base::view_of(random() % 3 == 0 ? "longer" : "short")));
      REQUIRE(temp->commit({}, name));
      break;
    }
    default:
      REQUIRE(directory.make_node(name, type, 0600, ::makedev(1, 3 + random() % 4 / 3 * 2)));
  }
  fs::Attributes attributes;
  attributes.set_mode = attributes.set_mtime = true;
  attributes.mode = type == FileType::directory ? (random() % 3 == 0 ? 0700 : 0755) : random() % 3 == 0 ? 04755 : 0644;
  attributes.mtime = {1000000 + static_cast<std::int64_t>(random() % 4 / 3), random() % 4 == 0 ? 5u : 0u};
  if (::geteuid() == 0) {
    attributes.set_uid = attributes.set_gid = true;
    attributes.uid = random() % 4 == 0 ? 1 : 0;
    attributes.gid = random() % 4 == 0 ? 1 : 0;
  }
  REQUIRE(directory.set_attributes(name, type, attributes));
}

FileType random_type(Random& random) {
  static const std::vector<FileType> types = [] {
    std::vector<FileType> some{FileType::regular, FileType::regular,   FileType::regular, FileType::symlink,
                               FileType::symlink, FileType::directory, FileType::fifo,    FileType::socket};
    if (::geteuid() == 0) some.push_back(FileType::char_device);
    return some;
  }();
  return types[random() % types.size()];
}

struct Run {
  AttributeMask mask;
  std::uint64_t unit = 1;
  std::vector<std::string> arguments;
};

Run random_run(Random& random) {
  Run run;
  run.arguments = {"-rin", "--no-inc-recursive"};
  const auto keep = [&](bool& field, const char* option) {
    field = random() % 3 != 0;
    if (field) run.arguments.emplace_back(option);
  };
  keep(run.mask.mode, "-p");
  keep(run.mask.mtime, "-t");
  keep(run.mask.owner, "-o");
  keep(run.mask.group, "-g");
  keep(run.mask.symlinks, "-l");
  keep(run.mask.specials, "--specials");
  keep(run.mask.devices, "--devices");
  if (::geteuid() != 0) run.mask.owner = run.mask.devices = false;
  const bool nanos = random() % 2 == 0;
  run.unit = nanos ? 1 : 1'000'000'000;
  if (nanos) run.arguments.emplace_back("--modify-window=-1");
  return run;
}

using Lines = std::map<std::string, std::string>;

std::string joined(const Lines& lines) {
  std::string all;
  for (const auto& [name, text] : lines) all += text + " " + name + "\n";
  return all;
}

Lines ours(const ScratchDir& at, const Run& run) {
  const std::shared_ptr<fs::Directory> root = at.open()->open_directory("dst").value();
  const auto source = test::scan_contents(at.open()->open_directory("src").value());
  Lines lines;
  for (const auto& [path, entry] : source->entries) {
    const std::size_t slash = path.find('/');
    if (slash == std::string::npos) continue;
    const auto there = root->open_directory(path.substr(0, slash)).value();
    const auto stat = there->stat(entry.name);
    const std::optional<fs::Stat> found = stat ? std::optional(*stat) : std::nullopt;
    const std::string target = found && found->type == FileType::symlink ? there->read_link(entry.name).value() : "";
    const std::string text = itemize(entry, compare(entry, found, target, run.mask, run.unit));
    if (!text.empty()) lines[path] = text;
  }
  return lines;
}

Lines theirs(const ScratchDir& at, const Run& run) {
  std::vector<std::string> arguments = run.arguments;
  arguments.insert(arguments.end(), {at.path("src/"), at.path("dst/")});
  Lines lines;
  for (const std::string& line : test::run_rsync(arguments)) {
    if (line.size() < 13 || line[11] != ' ' || line.starts_with("*") || line.starts_with("skipping")) continue;
    std::string name = line.substr(12, line.find(" -> ") - 12);
    if (name.back() == '/') name.pop_back();
    if (name.find('/') == std::string::npos) continue;  // the pairs themselves
    std::string text = line.substr(0, 11);
    if (text[0] == '>') text[0] = '<';  // here the destination is local
    std::replace(text.begin(), text.end(), ' ', '.');
    lines[name] = text;
  }
  return lines;
}

/// A few entries of each side, in src/`pair` and dst/`pair`.
void plant_pair(const ScratchDir& at, const std::string& pair, Random& random) {
  at.directory("src/" + pair);
  at.directory("dst/" + pair);
  const auto source = at.open()->open_directory("src/" + pair).value();
  const auto there = at.open()->open_directory("dst/" + pair).value();
  for (int i = 0; i < 12; ++i) {
    const std::string name = "n" + std::to_string(i);
    const FileType type = random_type(random);
    make_entry(*source, name, type, random);
    const auto fate = random() % 8;
    if (fate > 0) make_entry(*there, name, fate == 1 ? random_type(random) : type, random);
  }
}

/// One run of rsync, with one choice of options, judges so many pairs.
constexpr int kPairsInOneRun = 20;

}  // namespace

TEST_CASE("random pairs of directories are itemized as rsync does") {
  if (!test::have_rsync()) return;
  const std::uint32_t seed = test::test_seed();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  std::uint32_t runs = 0;
  for (; runs < test::rounds(20) && std::chrono::steady_clock::now() < end; ++runs) {
    Random random(seed + runs);
    const ScratchDir at;
    at.directory("src");
    at.directory("dst");
    for (int i = 0; i < kPairsInOneRun; ++i) plant_pair(at, "p" + std::to_string(i), random);
    const Run run = random_run(random);
    std::string options;
    for (const std::string& argument : run.arguments) options += argument + " ";
    INFO("G5KSYNC_TEST_SEED=" << seed + runs << " rsync " << options);
    REQUIRE(joined(ours(at, run)) == joined(theirs(at, run)));
  }
  std::printf("%u runs of %d pairs of directories, seed %u\n", runs, kPairsInOneRun, seed);
}
