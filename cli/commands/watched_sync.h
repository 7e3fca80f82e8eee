// Changed files of this machine brought into the containers of a service: what is gone first, then the rest as one archive.
#pragma once

#include <string>

#include "compose/watch/watch_work.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

// All replicas that there are, also those that do not run. Files belong to the container's user, as with Compose. Throws stack::Error
// when a container fails, after the others have got theirs. A container that goes away meanwhile is no failure.
void sync_files(client::EngineClient& engine, const std::string& project, const std::string& service,
                const compose::SyncedPaths& paths);

}  // namespace stack::cli
