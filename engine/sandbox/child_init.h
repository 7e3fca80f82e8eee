// `init: true`: the first process of a container that runs the program as its child, hands signals on to it and reaps
// whatever is orphaned. Leaves with the program's status (128 + signal). No heap.
#pragma once

#include <sys/types.h>

namespace stack::sandbox {

// Call before the program's process is made: from here on signals wait until serve_as_init takes them.
void hold_signals() noexcept;
// In the program's process: back to normal.
void release_signals() noexcept;
[[noreturn]] void serve_as_init(pid_t program) noexcept;

}  // namespace stack::sandbox
