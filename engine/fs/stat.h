// The system's struct stat in the project's words.
#pragma once

#include <cstdint>

#include "engine/fs/directory.h"

struct stat;

namespace g5ksync::fs {

Stat to_stat(const struct stat& raw);
/// The type in the S_IFMT bits of a mode.
FileType type_of_mode(std::uint32_t mode);

}  // namespace g5ksync::fs
