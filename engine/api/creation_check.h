// Options of a container that exclude each other, and modes that there are not: refused as dockerd does. Pure.
#pragma once

#include "base/model/container_spec.h"

namespace stack::api {

// Throws invalid.
void check_creation(const model::ContainerSpec& spec);

}  // namespace stack::api
