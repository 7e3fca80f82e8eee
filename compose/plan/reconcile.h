// up: what has to be done so that what runs becomes what the project says. A pure function; an empty plan means that nothing
// has to change.
//
// Order inside a plan: networks and volumes, then services so that what others depend on comes first. Containers are created as
// soon as their networks and volumes are there; only starting waits for dependencies. A recreate is create, stop the old one,
// start, remove the old one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compose/model/project.h"
#include "compose/plan/observed.h"
#include "compose/plan/plan.h"

namespace stack::compose {

struct UpOptions {
  std::vector<std::string> services;  // targets; empty: all
  bool no_deps = false;               // leave the targets' dependencies alone
  bool force_recreate = false, no_recreate = false, always_recreate_deps = false;
  bool renew_volumes = false;
  bool remove_orphans = false;
  bool ignore_orphans = false;  // do not even warn of them
  bool no_start = false;
  bool wait = false;                 // until all are running, or healthy where there is a check
  std::map<std::string, int> scale;  // overrides by service
  std::optional<Nanos> timeout;      // for stopping, instead of each container's own
};

// `desired` holds the active services only. Every image that a planned service needs is in observed.images.
Plan reconcile(const Project& desired, const Observed& observed, const UpOptions& options);

}  // namespace stack::compose
