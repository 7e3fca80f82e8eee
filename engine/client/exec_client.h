// Runs a process in a container and couples it with this process's own terminal or pipes. Blocking.
//
// With a terminal, ours is raw while it runs and follows changes of size; it is put back however the call ends.
#pragma once

#include <string>

#include "engine/api/backend.h"

namespace stack::client {

// Returns the process's exit code. Throws what kept it from starting.
int run_exec(const std::string& socket_path, const api::ExecRequest& request);

}  // namespace stack::client
