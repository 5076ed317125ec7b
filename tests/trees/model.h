// What a push should leave at the destination, as a pure function: rsync's manual in a hundred lines, and where g5ksync
// promises something else, that.
#pragma once

#include <cstdint>

#include "tests/trees/options.h"
#include "tests/trees/tree.h"

namespace g5ksync::trees {

struct Outcome {
  Tree destination;
  bool partial = false;  // something stood in the way that may not be removed: exit code 23
  bool held = false;     // more deletions than --max-delete allows: there are none, and the exit code is 25
  /// rsync does something that nobody wants: with --ignore-existing it walks into what is no directory there, ends with
  /// 23, and sets the time of the wrong thing; it deletes up to --max-delete; without -p a file gets its mode from the
  /// link or fifo that it replaces.
  bool rsync_errs = false;
  /// -i of rsync keeps quiet about a new owner of a fifo, socket or device with setid bits.
  bool rsync_hides = false;
};

/// `source` and `destination` are roots of the transfer: with SRC by name, wrapped() under that name. `me` owns what is
/// made where owners are not kept.
Outcome foretell(const Tree& source, const Tree& destination, const Options& options, std::uint32_t my_uid,
                 std::uint32_t my_gid);

}  // namespace g5ksync::trees
