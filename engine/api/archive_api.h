// The handlers of Docker's API about the files of containers: archive, changes, export and commit.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/container_files.h"
#include "engine/api/container_query.h"
#include "engine/api/routes.h"

namespace stack::api {

// The backends must outlive the routes.
void add_archive_routes(Routes& routes, ContainerFiles& files, ContainerQuery& containers, ImageBackend& images);

}  // namespace stack::api
