// The routes for images: /stack/v1/images.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/backend.h"
#include "engine/api/routes.h"

namespace stack::api {

// The backend outlives the routes.
void add_image_routes(Routes& routes, ImageBackend& images);

}  // namespace stack::api
