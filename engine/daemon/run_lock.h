// The locks of an engine's folders: one engine at a time with a run folder, and one with a root, held while it lives. Their
// files say which engine that is (base/sys/engine_lock.h).
//
// Both functions wait for an engine that is leaving, throw conflict when another one keeps the lock, and block, for kLeaveWait
// at most.
#pragma once

#include <filesystem>

#include "base/sys/engine_lock.h"

namespace stack::daemon {

enum class Holder {
  stays,  // another engine that serves is in the right
  leaves,  // its socket is a service manager's by now, and so no client finds it: it is asked to leave; its containers go on
};

sys::EngineLock lock_run_folder(const std::filesystem::path& run, Holder holder);
// Two engines with one root would each end the containers of the other one as processes that belong to nobody. `root` exists;
// `run` is the caller's. Only an engine with the same run folder is ever asked to leave.
sys::EngineLock lock_root_folder(const std::filesystem::path& root, const std::filesystem::path& run, Holder holder);

}  // namespace stack::daemon
