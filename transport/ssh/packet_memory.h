// libssh2's memory, for two reasons. It allocates and frees every packet that it receives; with malloc that means
// growing and trimming the heap, and page faults, all the time (a quarter of a download's processor time): here, blocks
// of packet size are kept for the next one. And it forgets some of it when a session ends half-way: here, all goes with
// its session.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace g5ksync::transport {

class PacketMemory {
 public:
  PacketMemory();
  ~PacketMemory();
  PacketMemory(const PacketMemory&) = delete;
  PacketMemory& operator=(const PacketMemory&) = delete;

  /// As malloc(3), free(3) and realloc(3); null when there is no memory.
  void* allocate(std::size_t size);
  void release(void* block);
  void* resize(void* block, std::size_t size);

 private:
  struct Header;
  struct Ring;
  std::unique_ptr<Ring> in_use_;
  std::vector<void*> spare_;
};

}  // namespace g5ksync::transport
