#include "transport/ssh/packet_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace g5ksync::transport {
namespace {

constexpr std::size_t kPacketBlock = 40 * 1024;  // RFC 4253, 6.1: packets of 35000 bytes must be possible
constexpr std::size_t kLeastPacket = 8 * 1024;
constexpr std::size_t kMostSpare = 96;  // a window of 2 MiB and some

}  // namespace

/// Stands before every block; those in use are in a ring.
struct alignas(std::max_align_t) PacketMemory::Header {
  std::size_t size;  // what fits
  Header* before;
  Header* after;

  static Header* of(void* block) { return static_cast<Header*>(block) - 1; }
  void leave() {
    before->after = after;
    after->before = before;
  }
};

struct PacketMemory::Ring {
  Header anchor{0, &anchor, &anchor};

  void add(Header* header) {
    header->before = &anchor;
    header->after = anchor.after;
    anchor.after->before = header;
    anchor.after = header;
  }
};

PacketMemory::PacketMemory() : in_use_(std::make_unique<Ring>()) {}

PacketMemory::~PacketMemory() {
  for (void* block : spare_) std::free(Header::of(block));
  while (in_use_->anchor.after != &in_use_->anchor) {
    Header* forgotten = in_use_->anchor.after;
    forgotten->leave();
    std::free(forgotten);
  }
}

void* PacketMemory::allocate(std::size_t size) {
  const bool packet = size >= kLeastPacket && size <= kPacketBlock;
  if (packet && !spare_.empty()) {
    void* block = spare_.back();
    spare_.pop_back();
    in_use_->add(Header::of(block));
    return block;
  }
  const std::size_t fits = packet ? kPacketBlock : size;
  auto* header = static_cast<Header*>(std::malloc(sizeof(Header) + fits));
  if (header == nullptr) return nullptr;
  header->size = fits;
  in_use_->add(header);
  return header + 1;
}

void PacketMemory::release(void* block) {
  if (block == nullptr) return;
  Header* header = Header::of(block);
  header->leave();
  if (header->size == kPacketBlock && spare_.size() < kMostSpare)
    spare_.push_back(block);
  else
    std::free(header);
}

void* PacketMemory::resize(void* block, std::size_t size) {
  if (block == nullptr) return allocate(size);
  if (Header::of(block)->size >= size) return block;
  void* larger = allocate(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, Header::of(block)->size);
  release(block);
  return larger;
}

}  // namespace g5ksync::transport
