// The order in which services are brought up. Pure.
#pragma once

#include <string>
#include <vector>

#include "compose/model/project.h"

namespace stack::compose {

// `targets` and, unless no_deps, what they depend on; without targets all. Each after its dependencies; those that do not exist
// are left out.
std::vector<std::string> services_in_order(const Project& project, const std::vector<std::string>& targets,
                                           bool no_deps);

}  // namespace stack::compose
