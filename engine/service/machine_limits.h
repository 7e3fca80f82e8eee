// Limits of a container held against this machine, in dockerd's words.
//
// Reads /sys; any thread.
#pragma once

#include "base/model/container_spec.h"

namespace stack::service {

// Throws invalid when there are fewer processors than `limits` gives, or not those processors or memory nodes that it names.
void check_machine_limits(const model::Resources& limits);

}  // namespace stack::service
