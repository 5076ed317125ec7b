// Opening a path beneath a directory, never leaving it. openat2(2); open(2) O_NOFOLLOW.
#pragma once

#include <string_view>

#include "engine/base/error.h"
#include "engine/base/fd.h"
#include "engine/fs/means.h"

namespace g5ksync::fs {

/// Opens `path` (checked components joined by '/', of any length) beneath the open directory `root` with open(2)
/// `flags`; O_CLOEXEC is added. A symbolic or magic link anywhere on the way, the leaf included, is ELOOP. Paths over
/// PATH_MAX are opened in pieces, each beneath the one before.
base::Result<base::Fd> open_beneath(int root, std::string_view path, int flags, const Means& means);

}  // namespace g5ksync::fs
