// Connection tracking's memory of flows that lead to a container. A datagram flow outlives the replica that served it:
// without forgetting it, a client that keeps its port would send into the void until the kernel's timeout.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "netns/ipam/address.h"
#include "netns/netlink/socket.h"

namespace stack::netns {

// A tracked UDP flow: who answers, and what the kernel needs to delete it. Pure.
struct Flow {
  Address answers_from;
  Bytes original;  // the value of CTA_TUPLE_ORIG
};
std::optional<Flow> read_udp_flow(const Received& message);

// Deletes the UDP flows that any of `addresses` answers. Costs a dump of the connection table: call it when a container
// with published UDP ports left, not otherwise. Returns how many; throws stack::Error when the table cannot be read.
std::size_t forget_udp_flows(NetlinkSocket& socket, const std::set<Address>& addresses);

}  // namespace stack::netns
