// stackd: builds the object graph, recovers, serves, and leaves in order.
//
// One thread with one loop; the state thread and the pool are its only others. Everything that the graph owns is a local of
// run(), so that the order of destruction is written down in one place.
#pragma once

#include "engine/daemon/arguments.h"

namespace stack::daemon {

// Returns when the daemon has left. Throws stack::Error when it cannot start: missing privileges, another engine with the same
// run folder or root, a kernel that lacks something.
void run_daemon(const Arguments& arguments);
// Asks every process of the containers of the engine at `arguments.root` to end, kills what has not after ten seconds, and takes
// away what the engine has in the kernel; everything stored stays. No engine there: nothing to do.
void stop_containers(const Arguments& arguments);
// Ends every container of the engine at `arguments.root` and removes all that it made.
void purge(const Arguments& arguments);

}  // namespace stack::daemon
