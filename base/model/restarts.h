// What is worth knowing of a container that its restart policy has started again. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/model/container_state.h"

namespace stack::model {

// "restarted 4 times, last: exit 1", or "waits for restart 4, last: exit 1"; empty for one that has not been restarted.
std::string restarts_text(const ContainerState& state);

// Whether it is between two runs, or the present one is too young to be trusted.
bool keeps_ending(const ContainerState& state, Wall now);

}  // namespace stack::model
