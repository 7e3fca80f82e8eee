// The rtnetlink requests of this room, as bytes. Pure; any thread. Names are at most 15 characters (checked by the
// callers).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/model/launch_network.h"
#include "netns/ipam/address.h"
#include "netns/netlink/message.h"

namespace stack::netns {

struct BridgeLink {
  std::string name;
  std::string alias;  // marks the interface as ours
  Mac mac{};
  std::uint32_t mtu = 0;  // 0: the kernel's default
};

// How a container's interface is made.
enum class LinkKind : std::uint8_t { veth, macvlan, ipvlan };
struct ContainerLink {
  LinkKind kind = LinkKind::veth;
  std::string host_name;     // veth: of the end that stays
  std::string name;          // inside the container
  std::uint32_t parent = 0;  // index of the bridge (veth) or of the parent interface
  std::uint32_t mode = 0;    // MACVLAN_MODE_*, IPVLAN_MODE_*
  std::optional<Mac> mac;    // ipvlan has none of its own
  std::uint32_t mtu = 0;
};

Message create_bridge(const BridgeLink& bridge);
// STP and multicast snooping off (they only delay a host's own bridge); the alias, which the kernel ignores on
// creation.
Message tune_bridge(const BridgeLink& bridge);
Message set_up(std::uint32_t index, bool up);
Message delete_link(const std::string& name);
Message add_address(std::uint32_t index, const Address& address, int prefix);
Message remove_address(std::uint32_t index, const Address& address, int prefix);

// For the shim: creates the link with its end in the container's namespace.
model::PatchedMessage create_container_link(const ContainerLink& link);
// Lets frames leave by the port they came from: on a host that filters bridges (br_netfilter) that is how a container
// reaches its own published port. `isolated` ports do not see each other (enable_icc=false).
model::PatchedMessage tune_port(const std::string& host_name, bool isolated);
// Tells the bridge that the container's frames go to this port. It would learn that from the container's own frames, but the
// first of them, its announcement, may come before the port forwards; until the next one it would go on sending to the port
// of a predecessor with the same address, which exists for as long as the kernel takes to remove a dead namespace.
model::PatchedMessage claim_port(const std::string& host_name, const Mac& mac);
// For the child: announces itself by ARP and, with `ipv6` (a kernel that has it), makes no address of its own, so that
// nothing waits for duplicate address detection.
model::PatchedMessage prepare_link(const std::string& name, bool ipv6);
model::PatchedMessage child_address(const std::string& name, const Address& address, int prefix);
model::PatchedMessage child_up(const std::string& name);
model::PatchedMessage child_default_route(const std::string& name, const Address& gateway);

}  // namespace stack::netns
