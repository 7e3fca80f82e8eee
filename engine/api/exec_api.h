// The routes of execs, as Docker's Engine API has them. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/exec_backend.h"
#include "engine/api/routes.h"

namespace stack::api {

// The backend must outlive the routes.
void add_exec_routes(Routes& routes, ExecBackend& execs);

}  // namespace stack::api
