// DigestJob: the digests of what is at the destination.
#pragma once

#include <functional>
#include <memory>

#include "app/agent/destination.h"
#include "engine/base/executor.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// Many threads at once, by `executor`; `done` is called once, on any thread. The scan may be cancelled; it may be
/// null.
std::unique_ptr<tree::Scan> start_digests(Destination& destination, base::Executor& executor,
                                          const proto::DigestJob& job, std::function<void(proto::DiskResult)> done);
/// On this thread.
proto::DiskResult digests_now(Destination& destination, const proto::DigestJob& job);

}  // namespace g5ksync::app
