#include "tests/trees/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <vector>

namespace g5ksync::trees {
namespace {

constexpr std::size_t kPage = 4096;

void check(bool good, const std::string& what, const std::string& path) {
  if (!good) throw std::runtime_error(what + " " + shown(path) + ": " + std::strerror(errno));
}

std::string at(const std::string& root, const std::string& path) { return path.empty() ? root : root + "/" + path; }

/// Pages of zeros become holes.
void write_file(const std::string& path, const std::string& bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  check(fd >= 0, "create", path);
  static const std::string zeros(kPage, '\0');
  for (std::size_t from = 0; from < bytes.size();) {
    std::size_t to = from;
    const auto is_hole = [&](std::size_t page) { return bytes.compare(page, kPage, zeros) == 0; };
    while (to < bytes.size() && !is_hole(to)) to = std::min(to + kPage, bytes.size());
    const auto count = static_cast<ssize_t>(to - from);
    check(::pwrite(fd, bytes.data() + from, to - from, static_cast<off_t>(from)) == count, "write", path);
    from = to;
    while (from < bytes.size() && is_hole(from)) from += kPage;
  }
  check(::ftruncate(fd, static_cast<off_t>(bytes.size())) == 0, "truncate", path);
  ::close(fd);
}

/// Bound under a short name from inside its directory: the address has no room for long paths.
void make_socket(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const int directory = ::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  check(directory >= 0, "open", path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "/proc/self/fd/" + std::to_string(directory) + "/.binding";
  std::memcpy(address.sun_path, name.c_str(), name.size());
  check(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind", path);
  check(::rename((path.substr(0, slash) + "/.binding").c_str(), path.c_str()) == 0, "rename socket", path);
  ::close(fd);
  ::close(directory);
}

void make(const std::string& path, const Node& node) {
  switch (node.type) {
    case Type::directory:
      return check(::mkdir(path.c_str(), 0700) == 0, "mkdir", path);
    case Type::file:
      return write_file(path, *node.content);
    case Type::symlink:
      return check(::symlink(node.content->c_str(), path.c_str()) == 0, "symlink", path);
    case Type::socket:
      return make_socket(path);
    case Type::fifo:
      return check(::mkfifo(path.c_str(), 0600) == 0, "mkfifo", path);
    case Type::char_device:
      return check(::mknod(path.c_str(), S_IFCHR | 0600, node.rdev) == 0, "mknod", path);
    case Type::block_device:
      return check(::mknod(path.c_str(), S_IFBLK | 0600, node.rdev) == 0, "mknod", path);
  }
}

void set_attributes(const std::string& path, const Node& node) {
  if (::geteuid() == 0) check(::lchown(path.c_str(), node.uid, node.gid) == 0, "chown", path);
  if (node.type != Type::symlink) check(::chmod(path.c_str(), node.mode) == 0, "chmod", path);
  if (!node.mtime) return;
  const timespec time{node.mtime->seconds, static_cast<long>(node.mtime->nanos)};
  const timespec both[2] = {time, time};
  check(::utimensat(AT_FDCWD, path.c_str(), both, AT_SYMLINK_NOFOLLOW) == 0, "set times of", path);
}

Type type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return Type::file;
    case S_IFLNK:
      return Type::symlink;
    case S_IFIFO:
      return Type::fifo;
    case S_IFSOCK:
      return Type::socket;
    case S_IFCHR:
      return Type::char_device;
    case S_IFBLK:
      return Type::block_device;
    default:
      return Type::directory;
  }
}

/// The bytes of a file, also of one that its owner may not read.
std::string read_file(const std::string& path, const struct stat& info) {
  const bool closed = (info.st_mode & S_IRUSR) == 0 && ::geteuid() != 0;
  if (closed) (void)::chmod(path.c_str(), (info.st_mode & 07777) | S_IRUSR);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check(fd >= 0, "open", path);
  if (closed) (void)::chmod(path.c_str(), info.st_mode & 07777);
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::read(fd, bytes.data() + done, bytes.size() - done);
    check(count > 0, "read", path);
    done += static_cast<std::size_t>(count);
  }
  ::close(fd);
  return bytes;
}

std::string read_link(const std::string& path) {
  char target[4097];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  check(size >= 0, "readlink", path);
  return {target, static_cast<std::size_t>(size)};
}

using Visit = std::function<void(const std::string& path, const struct stat& info)>;

std::vector<std::string> names_in(const std::string& path, const struct stat& info) {
  const bool closed = (info.st_mode & 0500) != 0500 && ::geteuid() != 0;
  if (closed) (void)::chmod(path.c_str(), 0700);
  DIR* directory = ::opendir(path.c_str());
  check(directory != nullptr, "open", path);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

/// Visits parents first. Directories that are closed to their owner are opened meanwhile.
void visit(const std::string& root, const std::string& path, const Visit& seen) {
  struct stat info;
  const std::string full = at(root, path);
  check(::lstat(full.c_str(), &info) == 0, "stat", full);
  seen(path, info);
  if (!S_ISDIR(info.st_mode)) return;
  for (const std::string& name : names_in(full, info)) visit(root, joined(path, name), seen);
  if ((info.st_mode & 0500) != 0500 && ::geteuid() != 0) (void)::chmod(full.c_str(), info.st_mode & 07777);
}

Node node_of(const std::string& path, const struct stat& info) {
  Node node;
  node.type = type_of(info.st_mode);
  node.mode = info.st_mode & 07777;
  node.mtime = Time{info.st_mtim.tv_sec, static_cast<std::uint32_t>(info.st_mtim.tv_nsec)};
  node.uid = info.st_uid;
  node.gid = info.st_gid;
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) node.rdev = info.st_rdev;
  if (S_ISREG(info.st_mode)) node.content = content_of(read_file(path, info));
  if (S_ISLNK(info.st_mode)) node.content = content_of(read_link(path));
  return node;
}

}  // namespace

void plant(const std::string& root, const Tree& tree) {
  std::map<int, std::string> first;
  for (const auto& [path, node] : tree) {
    const auto [leader, is_first] = first.emplace(node.group, path);
    if (node.group == 0 || is_first)
      make(at(root, path), node);
    else
      check(::link(at(root, leader->second).c_str(), at(root, path).c_str()) == 0, "link", path);
  }
  for (auto entry = tree.rbegin(); entry != tree.rend(); ++entry) set_attributes(at(root, entry->first), entry->second);
}

Tree walk(const std::string& root) {
  Tree tree;
  std::map<ino_t, int> groups;
  visit(root, "", [&](const std::string& path, const struct stat& info) {
    Node& node = tree[path] = node_of(at(root, path), info);
    if (!S_ISDIR(info.st_mode) && info.st_nlink > 1)
      node.group = groups.emplace(info.st_ino, static_cast<int>(groups.size()) + 1).first->second;
  });
  return tree;
}

std::string fingerprint(const std::string& root) {
  std::string text;
  visit(root, "", [&](const std::string& path, const struct stat& info) {
    if (path.empty()) return;
    const bool opened_to_look = ::geteuid() != 0 && (info.st_mode & (S_ISDIR(info.st_mode) ? 0500 : 0400)) == 0;
    const timespec& time = opened_to_look ? info.st_mtim : info.st_ctim;
    text += shown(path) + " " + std::to_string(info.st_ino) + " " + std::to_string(time.tv_sec) + "." +
            std::to_string(time.tv_nsec) + "\n";
  });
  return text;
}

void clear(const std::string& root) {
  struct stat info;
  if (::lstat(root.c_str(), &info) != 0) return;
  if (::geteuid() != 0) (void)::chmod(root.c_str(), 0700);
  std::vector<std::string> paths;
  if (S_ISDIR(info.st_mode))
    for (const std::string& name : names_in(root, info)) clear(root + "/" + name);
  check(::remove(root.c_str()) == 0, "remove", root);
}

std::uint64_t allocated_kib(const std::string& root) {
  std::uint64_t blocks = 0;
  visit(root, "", [&](const std::string&, const struct stat& info) {
    if (S_ISREG(info.st_mode)) blocks += static_cast<std::uint64_t>(info.st_blocks);
  });
  return blocks / 2;
}

}  // namespace g5ksync::trees
