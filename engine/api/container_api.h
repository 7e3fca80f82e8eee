// The routes of containers, as Docker's Engine API has them. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/container_disk.h"
#include "engine/api/container_query.h"
#include "engine/api/process_table.h"
#include "engine/api/routes.h"

namespace stack::api {

// `clock` for "Up 3 minutes". All must outlive the routes.
void add_container_routes(Routes& routes, ContainerQuery& containers, ContainerDisk& disk, ProcessBackend& processes,
                          const Clock& clock);

}  // namespace stack::api
