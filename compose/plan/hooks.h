// The commands that services run beside their containers before they first start, and in them after each start and before each stop
// (Compose specification, pre_start, post_start and pre_stop). Pure.
#pragma once

#include "compose/model/project.h"
#include "compose/plan/observed.h"
#include "compose/plan/plan.h"

namespace stack::compose {

// Puts them into a plan, whatever it is for: what waits for a start then waits for its hooks as well, and a container that runs is
// stopped after its own. One-off containers have none.
void add_hooks(Plan& plan, const Project& project, const Observed& observed);

}  // namespace stack::compose
