// Sends netlink messages that the network room encoded, filling in what only the sender knows. No heap; in the sender's
// own network namespace.
#pragma once

#include <cstdint>

#include "engine/sandbox/flat_plan.h"

namespace stack::sandbox {

struct PatchValues {
  int target_netns = -1;                     // descriptor, as the sender has it
  std::uint16_t udp_port = 0, tcp_port = 0;  // host order
};

// One after the other (NETLINK_ROUTE); 0 or the errno of the first that failed.
int send_route_messages(const FlatView& plan, Span messages, const PatchValues& values) noexcept;
// All in one datagram (NETLINK_NETFILTER takes a batch as a transaction).
int send_netfilter_batch(const FlatView& plan, Span messages, const PatchValues& values) noexcept;
// Puts the loopback interface up.
int loopback_up() noexcept;

}  // namespace stack::sandbox
