// A command on this machine, as a channel: /bin/sh -c COMMAND in a process group of its own, on pipes of up to 1 MiB.
#pragma once

#include <memory>
#include <string>

#include "transport/channel.h"
#include "transport/loop.h"

namespace g5ksync::transport {

std::unique_ptr<Channel> start_local_command(Loop& loop, const std::string& command);

}  // namespace g5ksync::transport
