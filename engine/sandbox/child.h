// What happens between clone3 and the program: the flat child of a start, and that of an exec. No heap, no exceptions,
// no logging; a failure is reported as {stage, errno, detail} and ends the process, success is the program itself.
//
// The order of a start: namespaces of others, name, root file system (meanwhile the shim joins the control group and
// makes the veths), the shim's word, network, then nothing of the host's is open any more but the line to the shim;
// user, rights, filter, working directory; where the pid namespace is that of others the move there (child_birth.h);
// execve. An exec always ends with that move.
#pragma once

#include "base/unique_fd.h"
#include "engine/sandbox/flat_plan.h"

namespace stack::sandbox {

struct ChildFds {
  int line = -1;                    // to the shim, child_wire.h
  int in = -1, out = -1, err = -1;  // unused with a terminal
  int join_network = -1;            // pidfds of processes whose namespaces are shared
  int join_ipc = -1;
  int join_pids = -1;
  int container = -1;  // exec: pidfd of the container's first process
};

[[noreturn]] void run_child(const FlatView& plan, const ChildFds& fds) noexcept;
// In the container's control group already.
[[noreturn]] void run_exec_child(const FlatView& plan, const ChildFds& fds) noexcept;

}  // namespace stack::sandbox
