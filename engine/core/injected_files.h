// The files that every container gets of its own: /etc/hosts, /etc/hostname, /etc/resolv.conf. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "engine/sandbox/launch_input.h"

namespace stack::core {

// The host name that a container without one gets is its short id; with host networking it is the host's.
std::string effective_hostname(const model::Container& container, const std::string& host_name);

// The text of /etc/hosts once the container's addresses are others: the lines of those that it had are gone, those of new ones stand at
// the end, and whatever else stands there stays.
std::string hosts_after(const std::string& text, const std::vector<model::Endpoint>& before,
                        const model::Container& now, const std::string& hostname);

// The host's resolv.conf with the servers, search list and options that the container asks for in place of the host's.
std::string resolv_conf_of(const model::ContainerSpec& spec, const std::string& host_resolv_conf);

// `resolv_conf` is what the network room made, or what resolv_conf_of says. With host networking /etc/hosts begins as the
// host's own (`host_hosts`). host-gateway in extra_hosts becomes the gateway of the first endpoint, or 127.0.0.1 without one.
std::vector<sandbox::InjectedFile> injected_files(const model::Container& container, const std::string& hostname,
                                                  const std::string& resolv_conf, const std::string& host_hosts);

}  // namespace stack::core
