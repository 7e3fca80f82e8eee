// The routes of Docker's Engine API that create, change and remove containers, and attach to them.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/attach_backend.h"
#include "engine/api/container_commands.h"
#include "engine/api/routes.h"

namespace stack::api {

void add_container_command_routes(Routes& routes, ContainerCommands& containers, AttachBackend& attachments);

}  // namespace stack::api
