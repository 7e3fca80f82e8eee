// Starts shims: what the daemon calls. The program runs from a sealed copy in memory, so that no container can write to
// it
// (/proc/self/exe of a process that entered a container is that copy), and all shims share its pages.
//
// Spawning has vfork semantics: no page table of the daemon is copied; the caller's thread waits until the child has
// called execveat, some 300 microseconds. The shim is in a session of its own, has the control connection at descriptor
// kControlFd and /dev/null at 0, 1 and 2, default signal handling, and nothing else of the daemon's. Any thread.
#pragma once

#include <filesystem>

#include <sys/types.h>

#include "base/unique_fd.h"

namespace stack::shim {

struct SpawnedShim {
  pid_t pid = 0;
  UniqueFd pidfd;
  UniqueFd control;  // our end of the first connection, non-blocking
};

// A sealed copy of the program at `path`, to be kept while the engine runs. Throws stack::Error.
UniqueFd seal_program(const std::filesystem::path& path);
// Throws stack::Error when the process cannot be made.
SpawnedShim spawn_shim(BorrowedFd sealed_program);

}  // namespace stack::shim
