// The routes that connect containers to networks and disconnect them, as Docker's Engine API has them. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/connect_backend.h"
#include "engine/api/routes.h"

namespace stack::api {

// `connections` must outlive the routes.
void add_connect_routes(Routes& routes, ConnectBackend& connections);

}  // namespace stack::api
