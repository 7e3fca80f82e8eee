// The last steps of a child: who it becomes, and the program. Runs in the container's root with nothing open but 0, 1,
// 2 and the line to the shim. No heap.
#pragma once

#include "engine/sandbox/child_wire.h"
#include "engine/sandbox/flat_plan.h"

namespace stack::sandbox {

// Looks the user up, sets limits, groups, user, capabilities and filter, enters the working directory, and runs the
// program; with kInit it stays as the parent of the program (child_init.h).
[[noreturn]] void become_program(const FlatView& plan, const Reporter& reporter) noexcept;

}  // namespace stack::sandbox
