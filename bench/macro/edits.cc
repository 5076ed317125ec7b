// edits: overwrites pieces all over a file with other bytes, the same in each run.
//
//   edits FILE COUNT SIZE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

int main(int argc, char** argv) {
  const int fd = argc == 4 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) {
    std::fprintf(stderr, "usage: edits FILE COUNT SIZE\n");
    return 2;
  }
  const long count = std::atol(argv[2]);
  std::vector<unsigned char> piece(static_cast<std::size_t>(std::atol(argv[3])));
  const off_t room = info.st_size - static_cast<off_t>(piece.size());
  std::mt19937_64 random(1);
  for (long i = 0; i < count; ++i) {
    for (unsigned char& byte : piece) byte = static_cast<unsigned char>(random());
    const off_t at = static_cast<off_t>(random() % static_cast<unsigned long>(room));
    if (pwrite(fd, piece.data(), piece.size(), at) != static_cast<ssize_t>(piece.size())) {
      std::perror("edits");
      return 1;
    }
  }
  return 0;
}
