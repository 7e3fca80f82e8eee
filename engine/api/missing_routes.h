// Routes of Docker's Engine API that this engine does not have: each says so, since clients take a plain 404 for an object that does not
// exist.
//
// Loop thread. What a handler throws is its answer.
#pragma once

#include "engine/api/routes.h"

namespace stack::api {

void add_missing_routes(Routes& routes);

}  // namespace stack::api
