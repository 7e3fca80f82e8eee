// Parts of a container's JSON that the list and the inspection share. Pure.
#pragma once

#include <string>

#include "engine/api/container_query.h"
#include "engine/api/json_text.h"

namespace stack::api {

// "bridge", "host", "none", "container:ID", or the name of its first network.
std::string network_mode_of(const model::ContainerSpec& spec);
// Its endpoints by network; of a container that does not run, the networks that it will have. `details`: aliases as well.
void write_networks(JsonText& to, const ContainerView& view, bool details);
// Type, Name, Source, Destination, Driver, Mode, RW, Propagation.
void write_mounts(JsonText& to, const ContainerView& view);
// "80/tcp"
std::string port_key(const model::PortBinding& port);

}  // namespace stack::api
