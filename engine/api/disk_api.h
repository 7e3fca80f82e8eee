// The routes of what takes the disk: GET /system/df, POST /containers/prune. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/build_backend.h"
#include "engine/api/container_disk.h"
#include "engine/api/container_query.h"
#include "engine/api/routes.h"

namespace stack::api {

struct DiskBackends {
  ImageBackend& images;
  VolumeBackend& volumes;
  BuildBackend& builds;
  ContainerQuery& containers;
  ContainerDisk& disk;
};

// All of them, and the clock, must outlive the routes.
void add_disk_routes(Routes& routes, DiskBackends backends, const Clock& clock);

// What `then` gets: the views with the sizes of their containers. A failure is the answer of `exchange`.
void with_sizes(ContainerDisk& disk, std::vector<ContainerView> views, const std::shared_ptr<Exchange>& exchange,
                std::function<void(std::vector<ContainerView>)> then);

}  // namespace stack::api
