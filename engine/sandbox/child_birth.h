// How a program gets into a pid namespace in which others already live. No heap, noexcept.
//
// Whoever is visible there can be traced by a neighbour with CAP_SYS_PTRACE, and then everything it has is the
// neighbour's: its root, its descriptors, its rights. So the child that the shim makes stays outside, invisible; it joins
// the other namespaces, closes what is of the host, takes the user, the rights and the filter of the program, and only
// then makes the process that lives inside and has nothing that the program will not have. That one is a sibling, a child
// of the shim, which learns of it by `born`; the outer one is called the forerunner and ends.
#pragma once

#include "engine/sandbox/child_wire.h"

namespace stack::sandbox {

// Children of this process are born in the pid namespace of the process behind `pidfd`. Needs CAP_SYS_ADMIN.
void choose_pid_namespace(int pidfd, const Reporter& reporter) noexcept;

// Returns in the new process, which leads a session of its own, with standard input as its terminal when `terminal`; the
// calling process ends. Needs no rights.
void move_to_pid_namespace(bool terminal, const Reporter& reporter) noexcept;

}  // namespace stack::sandbox
