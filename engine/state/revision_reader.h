// Reads the revisions of a project from the state file, beside its one writer: by a connection of its own that only reads.
//
// Blocking; not for the daemon's loop. What is committed is seen. Throws stack::Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/state/state_store.h"

namespace stack::state {

// The newest first, without their models.
std::vector<RevisionRow> read_revisions(const std::filesystem::path& file, const std::string& project);
// With its model; nothing when there is no such revision (any more).
std::optional<RevisionRow> read_revision(const std::filesystem::path& file, const std::string& project,
                                         std::int64_t number);

}  // namespace stack::state
