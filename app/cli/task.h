// What a run over the hosts is for.
#pragma once

#include <cstdint>

namespace g5ksync::app {

/// push: make copies. status: only say what differs, by size and time. verify: the same by content.
enum class Task : std::uint8_t { push, status, verify };

constexpr const char* name_of(Task task) {
  return task == Task::push ? "push" : task == Task::status ? "status" : "verify";
}

/// Nothing is changed anywhere.
constexpr bool only_compares(Task task) { return task != Task::push; }

}  // namespace g5ksync::app
