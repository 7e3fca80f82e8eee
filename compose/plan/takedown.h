// stop, start, restart, down, kill, pause, unpause and rm as plans. Pure.
//
// Dependents stop before what they depend on and start after it; signals, pauses and their ends reach all containers at once. The order
// comes from the project when there is one, else from the containers' own depends_on labels, so that a project can be taken down without
// its file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compose/model/project.h"
#include "compose/plan/observed.h"
#include "compose/plan/plan.h"

namespace stack::compose {

struct TakedownOptions {
  std::string project;                // its name
  std::vector<std::string> services;  // targets; empty: all
  std::optional<Nanos> timeout;
  bool everything = false;            // whatever the project has, known or not: nothing but its name was given
  bool remove_orphans = false;        // down: containers of no service as well
  bool volumes = false;               // down: the volumes that the file declares as well; without a file, all of the project
  std::vector<std::string> images{};  // down: references of images that go as well
  bool no_deps = false;               // restart: leave dependents alone; start: dependencies
  bool wait = false;                  // start: until what was started runs, or is healthy
  std::string signal{};               // kill; empty: SIGKILL
  bool stop_first = false;            // rm: stop what runs, and remove it as well
};

// `known` may be null: then every container of the project is taken. Else services of profiles that are not active are left alone,
// unless they are named; networks and volumes that something still uses stay as well.
Plan plan_down(const Project* known, const Observed& observed, const TakedownOptions& options);
Plan plan_stop(const Project* known, const Observed& observed, const TakedownOptions& options);
// Starts what exists and does not run, the targets' dependencies first, gated as in up. A service without a container is a
// warning; throws not_found when there is no container at all, and conflict for one that is paused.
Plan plan_start(const Project* known, const Observed& observed, const TakedownOptions& options);
Plan plan_restart(const Project* known, const Observed& observed, const TakedownOptions& options);
// Of what runs or is paused. The engine refuses a pause of what is paused, and the opposite.
Plan plan_kill(const Project* known, const Observed& observed, const TakedownOptions& options);
Plan plan_pause(const Project* known, const Observed& observed, const TakedownOptions& options);
Plan plan_unpause(const Project* known, const Observed& observed, const TakedownOptions& options);
// Removes what does not run, with `stop_first` also what does; networks and named volumes stay.
Plan plan_rm(const Project* known, const Observed& observed, const TakedownOptions& options);

}  // namespace stack::compose
