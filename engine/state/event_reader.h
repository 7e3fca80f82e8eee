// Reads the journal of events from the state file, beside its one writer: by a connection of its own that only reads.
//
// Blocking, at most kEventsKept rows; not for the daemon's loop. What is committed is seen. Throws stack::Error.
#pragma once

#include <filesystem>
#include <vector>

#include "base/model/engine_event.h"

namespace stack::state {

// The oldest first, of those that happened at `since` or later. A row that cannot be read is left out.
std::vector<model::Event> read_events(const std::filesystem::path& file, Wall since);

}  // namespace stack::state
