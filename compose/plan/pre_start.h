// Where the pre_start hooks of services stand in a plan (Compose specification, pre_start). Pure.
//
// A hook runs to its end before containers of its service start that have never run: made by the plan, or by an earlier one that did not
// start them. One that is for the whole service runs once, after everything that any start of the service waits for, and only while no
// container of the service stays running; one with per_replica runs before each such start. A restart and a further replica run none of
// the former.
#pragma once

#include "compose/model/project.h"
#include "compose/plan/observed.h"
#include "compose/plan/plan.h"

namespace stack::compose {

void add_pre_start(Plan& plan, const Project& project, const Observed& observed);

}  // namespace stack::compose
