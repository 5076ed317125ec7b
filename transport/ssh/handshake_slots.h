// How many handshakes one sshd sees at a time: beyond MaxStartups (sshd_config(5)) it drops them at random.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "engine/base/clock.h"

namespace g5ksync::transport {

class HandshakeSlots {
 public:
  HandshakeSlots(const base::Clock& clock, int at_once) : clock_(clock), at_once_(at_once) {}

  /// Held while a handshake runs with `place` (a gateway, an address); given back when destroyed.
  class Slot {
   public:
    Slot() = default;
    Slot(HandshakeSlots& slots, std::string place)
        : slots_(&slots), place_(std::move(place)), taken_(slots.clock_.now()) {}
    Slot(Slot&& other) noexcept { *this = std::move(other); }
    Slot& operator=(Slot&& other) noexcept {
      release();
      slots_ = std::exchange(other.slots_, nullptr);
      place_ = std::move(other.place_);
      taken_ = other.taken_;
      return *this;
    }
    ~Slot() { release(); }
    void release() {
      if (slots_ != nullptr) --slots_->places_[place_].in_use;
      slots_ = nullptr;
    }
    explicit operator bool() const { return slots_ != nullptr; }
    base::Nanos taken() const { return taken_; }

   private:
    HandshakeSlots* slots_ = nullptr;
    std::string place_;
    base::Nanos taken_{0};
  };

  /// An empty slot when all are taken: ask again later.
  Slot try_take(const std::string& place) {
    const auto [entry, is_new] = places_.try_emplace(place, Place{0, at_once_});
    if (entry->second.in_use >= entry->second.at_once) return {};
    ++entry->second.in_use;
    return Slot(*this, place);
  }
  /// A handshake there was dropped: half as many at once from now on.
  void on_dropped(const std::string& place) {
    if (const auto entry = places_.find(place); entry != places_.end())
      entry->second.at_once = std::max(1, entry->second.at_once / 2);
  }

 private:
  struct Place {
    int in_use;
    int at_once;
  };

  const base::Clock& clock_;
  int at_once_;
  std::map<std::string, Place> places_;
};

}  // namespace g5ksync::transport
