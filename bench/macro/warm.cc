// warm: touches free memory and gives it back.
//
// In a virtual machine the host hands out memory at the first touch, and may take it back while it lies idle: a GiB
// that is touched first costs up to 2 s of CPU time, later 0.4 s. Which tool would pay for that is chance. Nearly all
// of it is touched, since which pages a run gets is the kernel's business; what is cached stays.
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include <cstddef>

int main() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0) return 1;
  const std::size_t size = std::size_t{info.freeram} * info.mem_unit / 16 * 15;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  volatile auto* bytes = static_cast<char*>(memory);
  for (std::size_t at = 0; at < size; at += 4096) bytes[at] = 1;
  return 0;
}
