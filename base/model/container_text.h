// A container's state and ports as Docker's tools print them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/model/container_state.h"

namespace stack::model {

// Whether containers that ask for this runtime get this engine's own: it does what runc does, under all of that one's names.
bool is_own_runtime(std::string_view name);
// "Up 3 minutes (healthy)", "Exited (0) 2 seconds ago".
std::string status_text(const Container& container, Wall now);
// The published ports of a container that runs and, without a port of the host, those that are only exposed.
std::vector<PortBinding> offered_ports(const Container& container);

}  // namespace stack::model
