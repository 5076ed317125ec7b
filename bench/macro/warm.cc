// warm: touches free memory and gives it back.
//
//   warm MIB
//
// Touches at most MIB, and at most half of what is free. In a virtual machine the host hands out memory at the first
// touch, and may take it back while it lies idle: a GiB that is touched first costs up to 2 s of CPU time, later 0.4 s.
// Which tool would pay for that is chance.
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

int main(int argc, char** argv) {
  struct sysinfo info {};
  if (argc != 2 || sysinfo(&info) != 0) return 2;
  const std::size_t size =
      std::min(std::strtoul(argv[1], nullptr, 10) << 20, std::size_t{info.freeram} * info.mem_unit / 2);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  volatile auto* bytes = static_cast<char*>(memory);
  for (std::size_t at = 0; at < size; at += 4096) bytes[at] = 1;
  return 0;
}
