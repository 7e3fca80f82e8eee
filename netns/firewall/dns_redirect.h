// The packet filter inside a container that brings 127.0.0.11:53 to the sockets on which the engine answers DNS. Those
// sockets have free ports of their own, so a container may itself listen on 0.0.0.0:53.
#pragma once

#include <vector>

#include "base/model/launch_network.h"

namespace stack::netns {

// One nftables batch for the container's namespace, to be sent as one datagram; encoded once and copied from then on.
// The messages between the first and the last ask for an answer. Any thread. The address that containers ask is
// 127.0.0.11.
const std::vector<model::PatchedMessage>& dns_redirect();

}  // namespace stack::netns
