// `init: true`: the first process of a container that has the program as its child, hands signals on to it and reaps whatever is
// orphaned. Leaves with the program's status (128 + signal). No heap.
//
// It is executed from a mount of its own once the program's process is there: with the container's user, rights and filter, and nothing of
// the host in its memory, so that its /proc may be as open to the container as that of any program.
#pragma once

#include <sys/types.h>

namespace stack::sandbox {

constexpr const char* kInitProgram = "/sbin/docker-init";  // as Docker's

// Call before the program's process is made: from here on signals wait until the init takes them.
void hold_signals() noexcept;
// In the program's process: back to normal.
void release_signals() noexcept;
// Executes "/sbin/docker-init -- sleep 1000". Where that cannot be, this process stays what it is, and its /proc closed.
[[noreturn]] void become_init(pid_t program, char* const* argv, char* const* envp) noexcept;

// For main(): whether it was executed by become_init, and what it is then.
bool is_init(const char* const* argv) noexcept;
[[noreturn]] void serve_as_init() noexcept;

}  // namespace stack::sandbox
