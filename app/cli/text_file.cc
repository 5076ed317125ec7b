#include "app/cli/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/base/fd.h"

namespace g5ksync::app {
namespace {

constexpr std::size_t kMaxText = std::size_t{16} << 20;

base::Result<std::string> read_all(int fd, const std::string& name) {
  std::string text;
  std::array<char, 16384> piece;
  for (;;) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno(errno, name);
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxText) return base::fail(base::ErrorKind::usage, name + ": more than 16 MiB of text");
  }
}

}  // namespace

base::Result<std::string> read_text_file(const std::string& path) {
  if (path == "-") return read_all(STDIN_FILENO, "standard input");
  const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return base::fail_errno(errno, (path));
  return read_all(file.get(), path);
}

}  // namespace g5ksync::app
