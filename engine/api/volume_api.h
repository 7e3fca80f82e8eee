// The part of Docker's Engine API that is about volumes. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/backend.h"
#include "engine/api/routes.h"

namespace stack::api {

// The backend must outlive the routes.
void add_volume_routes(Routes& routes, VolumeBackend& volumes);

}  // namespace stack::api
