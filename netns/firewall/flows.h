// Connection tracking's memory of flows to published ports. A flow without connections (UDP, SCTP's first packets) is
// remembered by its addresses and ports and outlives what served it: without forgetting it, a client that goes on
// sending from one port reaches a replica that has left, or nobody, when it began before there was one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "netns/ipam/address.h"
#include "netns/netlink/socket.h"

namespace stack::netns {

// A tracked flow: who was asked, who answers, and what the kernel needs to delete it. Pure.
struct Flow {
  std::uint8_t protocol = 0;  // IPPROTO_*
  Address asked;
  std::uint16_t asked_port = 0;
  Address answers_from;
  Bytes original;  // the value of CTA_TUPLE_ORIG
};
std::optional<Flow> read_flow(const Received& message);

// Deletes the flows for which `outdated` says so. Costs a dump of the connection table. Returns how many; throws
// stack::Error when the table cannot be read.
std::size_t forget_flows(NetlinkSocket& socket, const std::function<bool(const Flow&)>& outdated);

}  // namespace stack::netns
