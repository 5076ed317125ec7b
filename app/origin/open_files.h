// Files that were read a moment ago, kept open: the next answer about them needs no walk along their path.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/base/fd.h"
#include "proto/messages.h"

namespace g5ksync::app {

/// Any thread. Keeps those that were used last, up to a part of the descriptors that the process may have. What is kept
/// may no longer be what its path leads to; its ctime tells, since losing a name is a change.
class OpenFiles {
 public:
  OpenFiles();
  /// Nothing where the file is not kept.
  std::shared_ptr<const base::Fd> find(proto::EntryId file);
  void keep(proto::EntryId file, std::shared_ptr<const base::Fd> open);
  void drop(proto::EntryId file);

 private:
  struct Kept {
    proto::EntryId file;
    std::shared_ptr<const base::Fd> open;
  };
  const std::size_t most_;
  std::mutex mutex_;
  std::list<Kept> by_use_;  // the last one used first
  std::unordered_map<proto::EntryId, std::list<Kept>::iterator> kept_;
};

}  // namespace g5ksync::app
