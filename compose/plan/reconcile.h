// up: what has to be done so that what runs becomes what the project says. A pure function; an empty plan means that nothing
// has to change.
//
// Order inside a plan: networks and volumes, then services so that what others depend on comes first. Containers are created as
// soon as their networks and volumes are there; only starting waits for dependencies. A recreate is create, stop the old one,
// start, remove the old one.
#pragma once

#include "compose/model/project.h"
#include "compose/plan/observed.h"
#include "compose/plan/plan.h"
#include "compose/plan/up_options.h"

namespace stack::compose {

// `desired` holds the active services only. Every image that a planned service needs is in observed.images; one that is to be pulled or
// built may have no id yet. What they bring may ask for more: a plan with pulls or builds is decided again once they are done.
Plan reconcile(const Project& desired, const Observed& observed, const UpOptions& options);

}  // namespace stack::compose
