// What earlier versions of the engine kept elsewhere, brought to its place: containers that these started live on, and others join them.
// Blocks on the disk; at start, before containers are taken over.
#pragma once

#include "engine/core/options.h"

namespace stack::core {

// Copies each container's hosts, hostname and resolv.conf from the run folder into its folder, where it has none there, and removes
// the run folder's. Running containers keep the files that they have mounted. Throws stack::Error.
void adopt_older_layout(const Options& options);

}  // namespace stack::core
