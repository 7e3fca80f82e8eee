// The route of Docker's events.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/event_query.h"
#include "engine/api/routes.h"

namespace stack::api {

// Both must outlive the routes.
void add_event_routes(Routes& routes, EventBackend& events, const Clock& clock);

}  // namespace stack::api
