// `init: true`: the first process of a container that runs the program as its child, hands signals on to it and reaps
// whatever is orphaned. Leaves with the program's status (128 + signal). No heap.
#pragma once

#include <sys/types.h>

namespace stack::sandbox {

// Where this process's command line lies, from its first argument to the end of its environment: what tools that list processes read.
// Call once, with what main() got; nobody needs those texts any more.
void lend_command_line(char** argv, char** envp) noexcept;
// Call before the program's process is made: from here on signals wait until serve_as_init takes them.
void hold_signals() noexcept;
// In the program's process: back to normal.
void release_signals() noexcept;
// Shows itself as Docker's does: "/sbin/docker-init -- sleep 1000".
[[noreturn]] void serve_as_init(pid_t program, char* const* argv) noexcept;

}  // namespace stack::sandbox
