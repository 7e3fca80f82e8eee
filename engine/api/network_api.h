// The routes of networks, as Docker's Engine API has them. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/network_backend.h"
#include "engine/api/routes.h"

namespace stack::api {

// `clock` for filters that are relative to now. Both must outlive the routes.
void add_network_routes(Routes& routes, NetworkBackend& networks, const Clock& clock);

}  // namespace stack::api
