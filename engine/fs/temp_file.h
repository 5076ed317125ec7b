// The posix TempFile.
#pragma once

#include <memory>

#include "engine/fs/directory.h"

namespace g5ksync::fs {

/// Makes `name` (checked here) in the open directory, which the file keeps open as long as it lives.
base::Result<std::unique_ptr<TempFile>> create_posix_temp(std::shared_ptr<const base::Fd> directory,
                                                          std::string_view name);

}  // namespace g5ksync::fs
