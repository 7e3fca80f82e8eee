// Requests to connect and disconnect, in the words of Docker's Engine API. Reading throws stack::Error: invalid, unsupported.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/connect_backend.h"

namespace stack::api {

// {"Container", "EndpointConfig": {"Aliases", "Links", "IPAMConfig", "MacAddress", "GwPriority", "DriverOpts"}}
NetworkJoin parse_network_join(std::string_view text);
std::string network_join_json(const NetworkJoin& join);
// {"Container", "Force"}
NetworkLeave parse_network_leave(std::string_view text);
std::string network_leave_json(const NetworkLeave& leave);

}  // namespace stack::api
