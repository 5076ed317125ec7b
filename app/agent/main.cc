// g5ksync-agent: the part of g5ksync that is uploaded to a host and runs there for the time of one sync.
//
//   agent.cc        the loop: frames in and out, work to the threads
//   disk.cc         the work: bundles and ranges written, checked, renamed into place
//   compare.cc      the work: listings compared with the disk
//   destination.cc  the directories, their attributes, the lease, leftovers of dead runs
//   entry_writer.cc single entries of one directory
//   accounts.cc     names of owners and groups into numbers
//   links.cc        hard links
//   deletions.cc    what is there and not at the source
#include <cstdio>
#include <cstring>

#include "app/agent/agent.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::printf("g5ksync-agent %s\n", G5KSYNC_VERSION);
    return 0;
  }
  if (argc == 2 && std::strcmp(argv[1], "serve") == 0) return g5ksync::app::serve({});
  std::fprintf(stderr, "g5ksync-agent is started by g5ksync; it is of no use by itself.\n");
  return 1;
}
