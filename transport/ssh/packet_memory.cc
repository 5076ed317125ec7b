#include "transport/ssh/packet_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace g5ksync::transport {
namespace {

constexpr std::size_t kPacketBlock = 40 * 1024;  // RFC 4253, 6.1: packets of 35000 bytes must be possible
constexpr std::size_t kLeastPacket = 8 * 1024;
constexpr std::size_t kMostSpare = 96;  // a window of 2 MiB and some

/// Stands before every block.
struct alignas(std::max_align_t) Header {
  std::size_t size;  // what fits
};

Header* header_of(void* block) { return static_cast<Header*>(block) - 1; }

}  // namespace

PacketMemory::~PacketMemory() {
  for (void* block : spare_) std::free(header_of(block));
}

void* PacketMemory::allocate(std::size_t size) {
  const bool packet = size >= kLeastPacket && size <= kPacketBlock;
  if (packet && !spare_.empty()) {
    void* block = spare_.back();
    spare_.pop_back();
    return block;
  }
  const std::size_t fits = packet ? kPacketBlock : size;
  auto* header = static_cast<Header*>(std::malloc(sizeof(Header) + fits));
  if (header == nullptr) return nullptr;
  header->size = fits;
  return header + 1;
}

void PacketMemory::release(void* block) {
  if (block == nullptr) return;
  if (header_of(block)->size == kPacketBlock && spare_.size() < kMostSpare)
    spare_.push_back(block);
  else
    std::free(header_of(block));
}

void* PacketMemory::resize(void* block, std::size_t size) {
  if (block == nullptr) return allocate(size);
  if (header_of(block)->size >= size) return block;
  void* larger = allocate(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, header_of(block)->size);
  release(block);
  return larger;
}

}  // namespace g5ksync::transport
