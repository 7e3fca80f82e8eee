// Ends an engine that cannot be reached by its socket, because somebody removed that or the whole run folder: found by its lock
// files, ended by a signal; its containers run on. Blocking.
#pragma once

#include <filesystem>
#include <optional>

#include <sys/types.h>

namespace stack::client {

// Asks the engine that holds the lock of `run`, or of `root`, to leave, and waits until it has left. Its process ID; nothing when
// no engine holds them. Throws stack::Error: not_permitted for who may not signal it, internal when it stays.
// Only root sees into `root`, and so for others the run folder decides alone.
std::optional<pid_t> end_engine(const std::filesystem::path& root, const std::filesystem::path& run);

}  // namespace stack::client
