// What only the network understands of a container, checked before there is one: at the engine's door, for every caller.
// Pure; any thread.
#pragma once

#include "base/model/container_spec.h"

namespace stack::netns {

// Throws Error(invalid) that names the attribute, the value and what would be right: addresses of DNS servers, search
// domains, extra hosts, published ports, and addresses, names and interfaces of attachments. Whether an address is free
// or belongs to its network is known when it is reserved.
void check_container(const model::ContainerSpec& spec);

}  // namespace stack::netns
