// The options of a network's driver, read from their text form (`driver_opts`). Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/model/network_spec.h"
#include "netns/ipam/address.h"
#include "netns/links/link_messages.h"

namespace stack::netns {

struct DriverOptions {
  LinkKind kind = LinkKind::veth;  // bridge: veth
  std::uint32_t mtu = 0;           // 0: the kernel's default
  bool masquerade = true;
  bool ipv6 = false;                    // beside the network's own enable_ipv6
  bool bridge_has_ipv4 = true;          // the gateway's address
  bool neighbours = true;               // containers of the network reach each other
  std::optional<Address> host_binding;  // where ports without an address are published
  std::string bridge_name;              // or empty for one of ours
  std::string interface_prefix = "eth";
  std::string parent;      // macvlan, ipvlan
  std::uint32_t mode = 0;  // MACVLAN_MODE_*, IPVLAN_MODE_*
};

// Throws Error(unsupported) for a driver that this engine does not have or an option that macvlan and ipvlan do not,
// Error(invalid) for a bad value; both name the network and the option. What bridges do not know (see
// base/model/network_options.h) has no effect.
DriverOptions parse_driver_options(const model::NetworkSpec& spec);

// 1 to 15 characters that the kernel takes as an interface's name and that are safe in a path.
bool is_interface_name(const std::string& name);

}  // namespace stack::netns
