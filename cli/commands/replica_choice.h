// Which container of a service a command is about.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

// The replica with this number, the first that runs for 0. Throws not_found: the project has no such service, or it does not run, with
// what would help.
model::Container running_replica(Session& session, const std::string& service, int index);
// The same with a project that has been loaded already.
model::Container running_replica(Session& session, const Session::Target& target, const std::string& service,
                                 int index);
// Also one that does not run.
model::Container any_replica(Session& session, const std::string& service, int index);

// Throws not_found for a service that the project of the file does not have, profiles that are off included, unless an earlier file
// has left containers of it.
void check_service(Session& session, const Session::Target& target, const std::string& service);

}  // namespace stack::cli
