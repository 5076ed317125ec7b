// What every Directory must do.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/fs/implementations.h"
#include "tests/fs/scratch.h"

using namespace g5ksync;
using fs::FileType;
using test::ScratchDir;

namespace {

/// The body below it runs once for each implementation, on a directory `at` of its own.
struct Contract {
  test::Implementation implementation;
  ScratchDir at;
  std::unique_ptr<fs::Directory> directory = implementation.open(at.path());
};

test::Implementation any_implementation() {
  const std::size_t index = GENERATE(range(std::size_t{0}, test::implementations().size()));
  UNSCOPED_INFO("implementation: " << test::implementations()[index].name);
  return test::implementations()[index];
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

int errno_of(const auto& result) { return result ? 0 : result.error().sys_errno; }

std::string every_byte_but_slash_and_nul() {
  std::string name;
  for (int c = 1; c < 256; ++c) {
    if (c != '/') name += static_cast<char>(c);
  }
  return name;  // 254 bytes
}

fs::Attributes mode(std::uint32_t bits) {
  fs::Attributes attributes;
  attributes.set_mode = true;
  attributes.mode = bits;
  return attributes;
}

fs::Attributes all_attributes() {
  fs::Attributes attributes;
  attributes.set_mode = attributes.set_mtime = attributes.set_uid = attributes.set_gid = true;
  attributes.mode = 04751;
  attributes.uid = ::geteuid() == 0 ? 1234 : ::geteuid();
  attributes.gid = ::geteuid() == 0 ? 4321 : ::getegid();
  attributes.mtime = {-5, 123456789};
  return attributes;
}

void check_attributes(const fs::Stat& stat, const fs::Attributes& wanted) {
  CHECK(stat.uid == wanted.uid);
  CHECK(stat.gid == wanted.gid);
  CHECK(stat.mtime == wanted.mtime);
  if (stat.type != FileType::symlink) CHECK(stat.mode == wanted.mode);
}

}  // namespace

TEST_CASE("names lists all but . and .., as often as asked") {
  Contract c{any_implementation(), {}};
  CHECK(c.directory->names()->empty());
  c.at.file("b");
  c.at.directory("a");
  c.at.file(".hidden");
  const std::string odd = every_byte_but_slash_and_nul();
  c.at.file(odd);
  c.at.file(std::string(255, 'n'));
  const std::vector<std::string> wanted = sorted({".hidden", "a", "b", odd, std::string(255, 'n')});
  CHECK(sorted(*c.directory->names()) == wanted);
  CHECK(sorted(*c.directory->names()) == wanted);
}

TEST_CASE("names gives more names than one buffer holds") {
  Contract c{any_implementation(), {}};
  for (int i = 0; i < 3000; ++i) c.at.file("a-rather-long-name-of-a-file-" + std::to_string(i));
  CHECK(c.directory->names()->size() == 3000);
}

TEST_CASE("stat tells type, mode, size and time, and does not follow") {
  Contract c{any_implementation(), {}};
  c.at.file("f", "12345");
  ::chmod(c.at.path("f").c_str(), 04640);
  const timespec times[2] = {{0, UTIME_OMIT}, {-100, 987654321}};
  ::utimensat(AT_FDCWD, c.at.path("f").c_str(), times, 0);
  const auto file = c.directory->stat("f");
  REQUIRE(file);
  CHECK(file->type == FileType::regular);
  CHECK(file->mode == 04640);
  CHECK(file->size == 5);
  CHECK(file->nlink == 1);
  CHECK(file->mtime == fs::FileTime{-100, 987654321});
  c.at.symlink("l", "f");
  CHECK(c.directory->stat("l")->type == FileType::symlink);
  CHECK(errno_of(c.directory->stat("none")) == ENOENT);
  CHECK(c.directory->stat("none").error().kind == base::ErrorKind::not_found);
  CHECK(c.directory->stat_self()->type == FileType::directory);
}

TEST_CASE("names that are not one component are refused by every verb") {
  Contract c{any_implementation(), {}};
  for (const std::string& bad : {std::string(""), std::string("."), std::string(".."), std::string("a/b"),
                                 std::string("/"), std::string("a\0b", 3), std::string(256, 'x')}) {
    INFO("name: '" << bad << "'");
    const auto refused = [](const auto& result) { return !result && result.error().kind == base::ErrorKind::protocol; };
    CHECK(refused(c.directory->stat(bad)));
    CHECK(refused(c.directory->read_link(bad)));
    CHECK(refused(c.directory->make_directory(bad, 0755)));
    CHECK(refused(c.directory->make_symlink(bad, "t")));
    CHECK(refused(c.directory->make_node(bad, FileType::fifo, 0600, 0)));
    CHECK(refused(c.directory->create_temp(bad)));
    CHECK(refused(c.directory->rename(bad, "x")));
    CHECK(refused(c.directory->rename("x", bad)));
    CHECK(refused(c.directory->remove_file(bad)));
    CHECK(refused(c.directory->remove_directory(bad)));
    CHECK(refused(c.directory->set_attributes(bad, FileType::regular, mode(0600))));
    CHECK(refused(c.directory->create_temp("t").value()->commit({}, bad)));
  }
  CHECK(c.at.names().empty());
}

TEST_CASE("open_directory reaches far down") {
  Contract c{any_implementation(), {}};
  const int depth = GENERATE(1, 30, 1200);
  const std::string path = test::make_chain(c.at.path(), std::string(10, 'd'), depth);
  auto deepest = c.directory->open_directory(path);
  REQUIRE(deepest);
  REQUIRE((*deepest)->make_directory("here", 0755));
  CHECK((*c.directory->open_directory(path + "/here"))->names()->empty());
  CHECK(errno_of(c.directory->open_directory(path + "/none")) == ENOENT);
}

TEST_CASE("paths longer than the system takes work, at every length around its limit") {
  Contract c{any_implementation(), {}};
  const std::string last = "end";
  std::string path = test::make_chain(c.at.path(), std::string(255, 'n'), 15);  // 3839 bytes
  const int padding = GENERATE(range(240, 256));
  auto at = c.directory->open_directory(path);
  REQUIRE(at);
  const std::string pad(static_cast<std::size_t>(padding), 'p');
  REQUIRE((*at)->make_directory(pad, 0755));
  auto next = (*at)->open_directory(pad);
  REQUIRE((*next)->create_temp("t").value()->commit({}, "file"));
  REQUIRE((*next)->make_directory("d", 0755));
  path += "/" + pad;
  CHECK(c.directory->open_directory(path));
  CHECK(c.directory->open_file(path + "/file"));
  CHECK(c.directory->open_directory(path + "/d"));
}

TEST_CASE("open_file opens regular files only, and does not wait for a writer") {
  Contract c{any_implementation(), {}};
  c.at.file("f", "content");
  c.at.directory("d");
  c.at.file("d/g", "deeper");
  c.at.symlink("l", "f");
  ::mkfifo(c.at.path("p").c_str(), 0644);
  const auto file = c.directory->open_file("d/g");
  REQUIRE(file);
  std::array<char, 64> buffer;
  CHECK(*fs::read_at(*file, 0, std::as_writable_bytes(std::span(buffer))) == 6);
  CHECK(*fs::read_at(*file, 4, std::as_writable_bytes(std::span(buffer))) == 2);
  CHECK(*fs::read_at(*file, 400, std::as_writable_bytes(std::span(buffer))) == 0);
  CHECK((::fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK_FALSE(c.directory->open_file("d"));
  CHECK_FALSE(c.directory->open_file("p"));
  CHECK(errno_of(c.directory->open_file("l")) == ELOOP);
  CHECK(errno_of(c.directory->open_file("none")) == ENOENT);
  CHECK(errno_of(c.directory->open_file("f/g")) == ENOTDIR);
}

TEST_CASE("symbolic links keep their bytes") {
  Contract c{any_implementation(), {}};
  const std::string longest(4095, 't');
  const std::string odd = "/" + every_byte_but_slash_and_nul() + "/../x";
  REQUIRE(c.directory->make_symlink("long", longest));
  REQUIRE(c.directory->make_symlink("odd", odd));
  CHECK(*c.directory->read_link("long") == longest);
  CHECK(*c.directory->read_link("odd") == odd);
  CHECK(errno_of(c.directory->make_symlink("odd", "again")) == EEXIST);
  CHECK_FALSE(c.directory->make_symlink("nul", std::string_view("a\0b", 3)));
  c.at.file("f");
  CHECK(errno_of(c.directory->read_link("f")) == EINVAL);
}

TEST_CASE("directories are made, renamed and removed") {
  Contract c{any_implementation(), {}};
  REQUIRE(c.directory->make_directory("d", 0700));
  CHECK(c.directory->stat("d")->mode == 0700);
  CHECK(errno_of(c.directory->make_directory("d", 0700)) == EEXIST);
  REQUIRE(c.directory->rename("d", "e"));
  c.at.file("e/f");
  CHECK(errno_of(c.directory->remove_directory("e")) == ENOTEMPTY);
  CHECK_FALSE(c.directory->remove_file("e"));
  REQUIRE((*c.directory->open_directory("e"))->remove_file("f"));
  REQUIRE(c.directory->remove_directory("e"));
  CHECK(c.at.names().empty());
}

TEST_CASE("nodes are made") {
  Contract c{any_implementation(), {}};
  REQUIRE(c.directory->make_node("fifo", FileType::fifo, 0640, 0));
  REQUIRE(c.directory->make_node("socket", FileType::socket, 0600, 0));
  CHECK(c.directory->stat("fifo")->type == FileType::fifo);
  CHECK(c.directory->stat("socket")->type == FileType::socket);
  CHECK_FALSE(c.directory->make_node("r", FileType::regular, 0600, 0));
  CHECK_FALSE(c.directory->make_node("d", FileType::directory, 0600, 0));
  if (::geteuid() != 0) return;
  const std::uint64_t null_device = ::makedev(1, 3);
  if (!c.directory->make_node("null", FileType::char_device, 0600, null_device)) {
    WARN("no device nodes may be made here: skipped");
    return;
  }
  CHECK(c.directory->stat("null")->type == FileType::char_device);
  CHECK(c.directory->stat("null")->rdev == null_device);
}

TEST_CASE("set_attributes sets owner, mode with its setid bits, and time, on every type") {
  Contract c{any_implementation(), {}};
  const bool mode_of_nodes = c.implementation.name != "posix, old kernel, no /proc";
  c.at.file("file");
  c.at.directory("dir");
  c.at.symlink("link", "file");
  REQUIRE(c.directory->make_node("fifo", FileType::fifo, 0600, 0));
  const fs::Attributes wanted = all_attributes();
  REQUIRE(c.directory->set_attributes("file", FileType::regular, wanted));
  REQUIRE(c.directory->set_attributes("dir", FileType::directory, wanted));
  check_attributes(*c.directory->stat("dir"), wanted);
  check_attributes(*c.directory->stat("file"), wanted);

  const fs::Stat before = *c.directory->stat("file");
  fs::Attributes other = wanted;
  other.mtime = {77, 0};
  other.mode = 0111;
  REQUIRE(c.directory->set_attributes("link", FileType::symlink, other));
  check_attributes(*c.directory->stat("link"), other);
  check_attributes(*c.directory->stat("file"), wanted);
  CHECK(c.directory->stat("file")->ctime == before.ctime);

  const auto node = c.directory->set_attributes("fifo", FileType::fifo, wanted);
  if (mode_of_nodes) {
    REQUIRE(node);
    check_attributes(*c.directory->stat("fifo"), wanted);
  } else {
    CHECK(node.error().kind == base::ErrorKind::unsupported);
  }
}

TEST_CASE("set_attributes leaves alone what it is not told to set") {
  Contract c{any_implementation(), {}};
  c.at.file("file");
  REQUIRE(c.directory->set_attributes("file", FileType::regular, all_attributes()));
  REQUIRE(c.directory->set_attributes("file", FileType::regular, {}));
  check_attributes(*c.directory->stat("file"), all_attributes());
  REQUIRE(c.directory->set_attributes("file", FileType::regular, mode(0600)));
  CHECK(c.directory->stat("file")->mtime == all_attributes().mtime);
}

TEST_CASE("a change of owner leaves setid bits of every type, where the mode is to stay") {
  if (::geteuid() != 0) return;
  Contract c{any_implementation(), {}};
  if (c.implementation.name == "posix, old kernel, no /proc") return;  // it cannot set the mode of a fifo
  c.at.file("file");
  REQUIRE(c.directory->make_node("fifo", FileType::fifo, 0600, 0));
  REQUIRE(c.directory->make_node("socket", FileType::socket, 0600, 0));
  for (const auto& [name, type] :
       {std::pair{"file", FileType::regular}, {"fifo", FileType::fifo}, {"socket", FileType::socket}}) {
    REQUIRE(c.directory->set_attributes(name, type, mode(06755)));
    fs::Attributes owner;
    owner.set_uid = true;
    owner.uid = 4711;
    REQUIRE(c.directory->set_attributes(name, type, owner));
    CHECK(c.directory->stat(name)->uid == 4711);
    CHECK(c.directory->stat(name)->mode == 06755);
  }
}

TEST_CASE("set_attributes refuses a name that has another type by now") {
  Contract c{any_implementation(), {}};
  c.at.file("file");
  c.at.symlink("link", "file");
  const auto before = c.directory->stat("file");
  CHECK(c.directory->set_attributes("link", FileType::regular, mode(0)).error().kind == base::ErrorKind::changed);
  CHECK(c.directory->set_attributes("file", FileType::directory, mode(0)).error().kind == base::ErrorKind::changed);
  CHECK(errno_of(c.directory->set_attributes("none", FileType::regular, mode(0))) == ENOENT);
  CHECK(c.directory->stat("file")->mode == before->mode);
}

TEST_CASE("a directory sets its own attributes") {
  Contract c{any_implementation(), {}};
  REQUIRE(c.directory->set_own_attributes(all_attributes()));
  check_attributes(*c.directory->stat_self(), all_attributes());
}

TEST_CASE("mtime_now takes the system's time") {
  Contract c{any_implementation(), {}};
  c.at.file("file");
  fs::Attributes attributes;
  attributes.set_mtime = true;
  attributes.mtime = {1000, 5};
  REQUIRE(c.directory->set_attributes("file", FileType::regular, attributes));
  CHECK(c.directory->stat("file")->mtime.seconds == 1000);
  attributes.mtime_now = true;
  REQUIRE(c.directory->set_attributes("file", FileType::regular, attributes));
  CHECK(std::abs(c.directory->stat("file")->mtime.seconds - ::time(nullptr)) < 10);
}
