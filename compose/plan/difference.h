// Why two containers that should be the same are not: the reason that a recreate shows. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/model/container_spec.h"

namespace stack::compose {

// Paths of the attributes in which the two differ, in the Compose file's terms, with what was and what is where that is one short value:
// {"environment.GREETING: Hello -> Moin", "labels.tier removed", "healthcheck"}. Labels that the project's machinery sets are left
// out. Values of variables that look like a secret by their name, and texts with a password in an address, are not shown.
std::vector<std::string> changed_attributes(const model::ContainerSpec& before, const model::ContainerSpec& after);

}  // namespace stack::compose
