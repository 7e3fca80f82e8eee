// The child's half of a start up to pivot_root: plays the plan's `root` steps. Runs in the new mount namespace; every
// path below the new root is resolved so that a link in the image cannot lead out of it (openat2 with RESOLVE_IN_ROOT),
// and every mount is put on the descriptor that was resolved, never on a path. No heap.
#pragma once

#include "base/unique_fd.h"
#include "engine/sandbox/child_wire.h"
#include "engine/sandbox/flat_plan.h"

namespace stack::sandbox {

// Pidfds of the processes whose /dev/shm and /proc are shared, or invalid.
struct Lenders {
  BorrowedFd ipc, pids;
};

// Gives the container's terminal (the program's
// end), or an invalid descriptor without one; the other end has been sent to the shim. Does not return on failure.
UniqueFd play_root_steps(const FlatView& plan, Lenders lenders, const Reporter& reporter) noexcept;

// A terminal of the devpts below `root`: sends the shim's end, gives the program's.
UniqueFd open_terminal(BorrowedFd root, const FlatView& plan, const Reporter& reporter) noexcept;

}  // namespace stack::sandbox
