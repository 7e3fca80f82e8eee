// The routes that ask registries: POST /auth, GET /distribution/{name}/json, GET /images/search. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/registry_query.h"
#include "engine/api/routes.h"

namespace stack::api {

// Both must outlive the routes.
void add_registry_routes(Routes& routes, RegistryQuery& registries, ImageBackend& images);

}  // namespace stack::api
