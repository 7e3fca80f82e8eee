// How a container gets its network while it starts: netlink messages that netns has encoded and that the shim and its child
// send at the right moment without understanding them. The value between the room that decides and the one that plays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace stack::model {

// A netlink message that is complete but for some 32-bit words that only the sender knows.
struct PatchedMessage {
  enum class Word : std::uint8_t { target_netns_fd, interface_index, dns_udp_port, dns_tcp_port };
  struct Patch {
    std::uint32_t offset =
        0;  // into bytes; host byte order for the first two, the low 16 bits in network order for ports
    Word word = Word::interface_index;
    std::string interface;  // whose index
  };
  std::vector<std::byte> bytes;
  std::vector<Patch> patches;
  bool ignore_exists = false;
};

// What the shim and the child play to connect a container.
struct LaunchNetwork {
  bool loopback_up = true;
  // NETLINK_ROUTE, sent by the shim in the host's namespace once the child's namespace exists: creates each veth with its
  // peer straight in there, enslaved and up.
  std::vector<PatchedMessage> host_route;
  // NETLINK_ROUTE, sent by the child in its own namespace after that: addresses, link up, routes.
  std::vector<PatchedMessage> child_route;
  // NETLINK_NETFILTER, sent by the child in its own namespace as one batch: redirects 127.0.0.11:53 to the two sockets that
  // the child opens there. Empty when the container gets no DNS of ours.
  std::vector<PatchedMessage> child_netfilter;
  bool dns_sockets = false;  // bind UDP and TCP on 127.0.0.11:0 and hand them out
  std::string resolv_conf;   // content for the container, empty: the host's own file
  // Set by the child after child_route: settings of its interfaces, path below /proc/sys to value.
  std::vector<std::pair<std::string, std::string>> sysctls;
};

}  // namespace stack::model
