// LinkJob: names of one file, linked once the file itself is in place.
#pragma once

#include "app/agent/destination.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// Makes `task`'s name one with its leader's, unless it is; a dry run only says so.
void make_hard_link(Destination& destination, const proto::LinkTask& task, proto::DiskResult& result);

}  // namespace g5ksync::app
