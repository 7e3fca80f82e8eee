// The routes about the engine itself, as Docker's Engine API has them. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/backend.h"
#include "engine/api/routes.h"

namespace stack::api {

// Both must outlive the routes.
void add_system_routes(Routes& routes, SystemBackend& system, const Clock& clock);

}  // namespace stack::api
