// The lock of a run folder: one engine at a time, held while it lives. Its file, stackd.pid, says which process that is.
#pragma once

#include <filesystem>

#include "base/unique_fd.h"

namespace stack::daemon {

enum class Holder {
  stays,  // another engine that serves is in the right
  leaves,  // its socket is a service manager's by now, and so no client finds it: it is asked to leave; its containers go on
};

// Writes the caller's number to stackd.pid. Waits for one that is leaving; throws conflict when another engine keeps the lock.
// Blocks, as long as kLeaveWait.
UniqueFd lock_run_folder(const std::filesystem::path& run, Holder holder);

}  // namespace stack::daemon
