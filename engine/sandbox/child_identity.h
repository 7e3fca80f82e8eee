// The last steps of a child: who it becomes, and the program. Runs in the container's root with nothing open but 0, 1,
// 2 and the line to the shim. No heap.
#pragma once

#include "engine/sandbox/child_wire.h"
#include "engine/sandbox/flat_plan.h"

namespace stack::sandbox {

// Asks for the AppArmor profile that the program will run under. Needs the host's /proc.
void choose_profile(const FlatView& plan, const Reporter& reporter) noexcept;

// Where the program is to live: `here` is a pid namespace of its own or the host's, `chosen` the one that
// choose_pid_namespace was told.
enum class Birth { here, chosen };

// Looks the user up, sets limits, groups, user, capabilities and filter, enters the working directory, moves to the pid
// namespace of `birth`, and runs the program; with kInit it stays as the parent of the program (child_init.h).
[[noreturn]] void become_program(const FlatView& plan, Birth birth, const Reporter& reporter) noexcept;

}  // namespace stack::sandbox
