// What only one container can have at a time, and holds while it runs: a port of the host, a fixed address or MAC address on a
// network, its place as a replica of its service (the addresses that it leaves to its successor). Pure.
//
// Names are held as long as a container exists and volumes are shared; neither is a resource in this sense. Aliases are no
// resource at all: several containers may answer to one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "base/model/network_spec.h"

namespace stack::compose {

struct Resource {
  enum class Kind { host_port, address, mac_address, place };
  Kind kind = Kind::place;
  std::string where;  // host_port: "tcp"; address, mac_address: the network's name; place: the service
  std::string
      what;  // host_port: the host's address, empty for all; address, mac_address: in canonical form; place: the number
  std::uint16_t first = 0, last = 0;  // host_port: the range of which one is wanted or held
  std::string shared_as;              // host_port: replicas with the same text share the port; empty: never shared

  bool operator==(const Resource&) const = default;
};

// Whether the holder of one keeps another container from having the other.
bool collide(const Resource& a, const Resource& b);

// What a container of this spec asks for when it starts. What the engine chooses freely (a dynamic address, any port) is left out.
std::vector<Resource> wanted_by(const model::ContainerSpec& spec);

// What a container has as long as it runs, what the engine chose for it included.
std::vector<Resource> held_by(const model::Container& container);

// The address in the form in which equal ones are equal texts; a text that is no address stays as it is.
std::string canonical_address(const std::string& text);

// Whether two networks cannot be there at the same time: pools of theirs overlap.
bool collide(const model::NetworkSpec& a, const model::Network& b);

}  // namespace stack::compose
