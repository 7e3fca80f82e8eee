// What a container may not have that is made through a project's own socket: nothing that reaches the host or another project. Pure, but
// for the questions.
#pragma once

#include <functional>
#include <string>

#include "base/model/network_spec.h"
#include "base/model/volume_spec.h"
#include "engine/api/container_commands.h"

namespace stack::scope {

// Whose something is, by its name or id: empty for nobody's. Throw not_found.
struct Owners {
  std::function<std::string(const std::string&)> container, network, volume;
};

// Throws not_permitted, which names the field and what would be right.
void check_creation(const api::ContainerCreation& creation, const std::string& project, const Owners& owners);
// The same of a volume: its options could name a folder or a device of the host.
void check_volume(const model::VolumeSpec& spec);

// The same of a network: it could take the host's interfaces and the routes of others.
void check_network(const model::NetworkSpec& spec);

// A name has to begin with the project's: any other one may be what another project's next container, network or volume is called, which
// would then find, or write its data into, a stranger's. No name is the engine's to choose. The names that Docker Compose gives while it
// recreates ("0123456789ab_shop-web-1") count as what they end with.
void check_name(const std::string& kind, const std::string& name, const std::string& project);

// "container web is not part of project shop".
[[noreturn]] void throw_stranger(const std::string& kind, const std::string& name, const std::string& project);

}  // namespace stack::scope
