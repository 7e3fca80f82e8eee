// Runs a process in a container and couples it with this process's own terminal or pipes. Blocking.
//
// With a terminal, ours is raw while it runs and follows changes of size; it is put back however the call ends.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "engine/api/backend.h"

namespace stack::client {

// What SIGINT and SIGTERM do: end this process as always, or let the call return 0 while the process goes on, as Docker's client does.
enum class ExecSignals { end, leave };

// Returns the process's exit code; nothing when `detach_keys` were typed in a terminal, or `left` became true: the process goes on. Throws
// what kept it from starting.
std::optional<int> run_exec(const std::string& socket_path, const api::ExecRequest& request,
                            const std::string& detach_keys, const std::atomic<bool>* left = nullptr,
                            ExecSignals signals = ExecSignals::end);

}  // namespace stack::client
