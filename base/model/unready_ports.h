// Published ports whose service runs and fails its healthcheck on every replica that has a result: connections go to the running
// replicas all the same (docs/decisions/0010), which is worth a warning. While all checks are still starting there is nothing to say. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/model/container_state.h"

namespace stack::model {

// One sentence per service of these containers of one project, in the order of the services' names:
//   ports 53/udp, 8080 of web: no replica passes its healthcheck; connections go to running ones
std::vector<std::string> unready_ports(const std::vector<Container>& containers);

}  // namespace stack::model
