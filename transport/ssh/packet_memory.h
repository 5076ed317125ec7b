// libssh2 allocates and frees every packet it receives; with malloc that means growing and trimming the heap, and page
// faults, all the time (a quarter of a download's processor time). This keeps blocks of packet size for the next one.
#pragma once

#include <cstddef>
#include <vector>

namespace g5ksync::transport {

class PacketMemory {
 public:
  PacketMemory() = default;
  ~PacketMemory();
  PacketMemory(const PacketMemory&) = delete;
  PacketMemory& operator=(const PacketMemory&) = delete;

  /// As malloc(3), free(3) and realloc(3); null when there is no memory.
  void* allocate(std::size_t size);
  void release(void* block);
  void* resize(void* block, std::size_t size);

 private:
  std::vector<void*> spare_;
};

}  // namespace g5ksync::transport
