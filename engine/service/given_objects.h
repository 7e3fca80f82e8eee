// The networks and volumes of a project that it did not make: what has to be there, and what is somebody else's. Pure.
#pragma once

#include <string>
#include <vector>

#include "compose/model/project.h"
#include "compose/plan/observed.h"

namespace stack::service {

// Throws stack::Error with a line for each: not_found for what is external and missing, conflict for a network that has the name of one of
// the project's and was not made by Compose as this one.
void check_given_objects(const compose::Project& project, const std::vector<std::string>& services,
                         const compose::Observed& observed);

}  // namespace stack::service
