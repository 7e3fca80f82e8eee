// What a container with `init: true` has at /sbin/docker-init: a copy of the shim's program (engine/sandbox/child_init.h), read-only. The
// shim's own file is no container's to look at: whoever may mount could change it.
#pragma once

#include "engine/core/options.h"
#include "engine/sandbox/launch_input.h"

namespace stack::core {

// Writes the copy unless it is there and the same: a container that may mount could have changed it. Blocks on the disk, for a
// megabyte: when the engine starts. Throws stack::Error.
void keep_init_program(const Options& options);
// Mounts it, unless the container has something of its own there, or there is no copy.
void mount_init_program(const Options& options, sandbox::LaunchInput& input);

}  // namespace stack::core
