// A container's log as Docker's Engine API streams it: GET /containers/{id}/logs.
//
// Loop thread. What a handler throws is its answer.
#pragma once

#include "engine/api/backend.h"
#include "engine/api/container_query.h"
#include "engine/api/routes.h"

namespace stack::api {

// All must outlive the routes.
void add_log_routes(Routes& routes, ContainerQuery& containers, LogBackend& logs, const Clock& clock);

}  // namespace stack::api
