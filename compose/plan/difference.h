// Why two containers that should be the same are not: the reason that a recreate shows. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/model/container_spec.h"

namespace stack::compose {

// Names of the attributes in which the two differ, in the Compose file's terms: {"environment", "ports"}. Labels that the
// project's machinery sets are left out.
std::vector<std::string> changed_attributes(const model::ContainerSpec& before, const model::ContainerSpec& after);

}  // namespace stack::compose
