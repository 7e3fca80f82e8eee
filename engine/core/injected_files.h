// The files that every container gets of its own: /etc/hosts, /etc/hostname, /etc/resolv.conf. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/model/container_state.h"
#include "engine/sandbox/launch_input.h"

namespace stack::core {

// The host name that a container without one gets is its short id; with host networking it is the host's.
std::string effective_hostname(const model::Container& container, const std::string& host_name);

// `resolv_conf` is what the network room made, or the host's own. host-gateway in extra_hosts becomes the gateway of the first
// endpoint, or 127.0.0.1 with host networking.
std::vector<sandbox::InjectedFile> injected_files(const model::Container& container, const std::string& hostname,
                                                  const std::string& resolv_conf);

}  // namespace stack::core
