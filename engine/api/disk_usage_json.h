// What takes how much of the disk, and what of it went, in the words of Docker's Engine API, 1.51. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/build_backend.h"
#include "engine/api/container_disk.h"
#include "engine/api/container_query.h"

namespace stack::api {

// What GET /system/df is asked about: all of it, unless the parameter `type` names some.
struct DiskQuestion {
  bool containers = true, images = true, volumes = true, build_cache = true;
};
// Throws invalid for a type that Docker does not know.
DiskQuestion parse_disk_question(const std::vector<std::string>& types);

struct DiskReport {
  DiskQuestion asked;
  DiskUsage usage;
  std::vector<model::Image> images;
  std::vector<ContainerView> containers;  // with their sizes
  std::vector<model::Volume> volumes;
  std::vector<BuildCacheEntry> build_cache;
};
std::string disk_report_json(const DiskReport& report, Wall now);

// As POST /containers/prune has it: the parameter `filters` (until, label, label!), the answer, and the answer read.
ContainerPruneFilter parse_container_prune_filter(std::string_view filters, Wall now);
std::string container_removal_json(const ContainerRemoval& removal);
ContainerRemoval parse_container_removal(std::string_view text);

}  // namespace stack::api
