// The route of what containers use, as Docker's Engine API has it. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/routes.h"
#include "engine/api/stats_backend.h"

namespace stack::api {

// `stats` must outlive the routes.
void add_stats_routes(Routes& routes, StatsBackend& stats);

}  // namespace stack::api
