// Why two containers that should be the same are not: the reason that a recreate shows. Pure.
#pragma once

#include <vector>

#include "base/model/container_spec.h"
#include "compose/plan/cause.h"

namespace stack::compose {

// The attributes in which the two differ, with what was and what is where that is one short value; without places. Labels that the
// project's machinery sets are left out. Values of variables that look like a secret by their name, and texts with a password in an
// address, are not given.
std::vector<AttributeChange> changed_attributes(const model::ContainerSpec& before, const model::ContainerSpec& after);

// Whether the file of a secret or config was replaced since the container started: what is mounted is the old one.
bool files_replaced(const model::ContainerSpec& before, const model::ContainerSpec& after);

}  // namespace stack::compose
