#include "netns/links/link_messages.h"

#include <cstring>

#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

namespace stack::netns {

namespace {

constexpr std::uint16_t kCreate = NLM_F_CREATE | NLM_F_EXCL;

ifinfomsg link_header(bool up) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  if (up) header.ifi_flags = header.ifi_change = IFF_UP;
  return header;
}

std::uint8_t kernel_family(Family family) { return family == Family::v4 ? AF_INET : AF_INET6; }

// Where the interface's index stands in a request about a link, an address.
std::uint32_t link_index_offset() { return NLMSG_HDRLEN + offsetof(ifinfomsg, ifi_index); }
std::uint32_t address_index_offset() { return NLMSG_HDRLEN + offsetof(ifaddrmsg, ifa_index); }

model::PatchedMessage with_index(Message message, std::uint32_t offset, const std::string& interface) {
  model::PatchedMessage out;
  out.bytes = message.bytes();
  out.patches.push_back({offset, model::PatchedMessage::Word::interface_index, interface});
  return out;
}

Message address_message(std::uint32_t index, const Address& address, int prefix) {
  ifaddrmsg header{};
  header.ifa_family = kernel_family(address.family);
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix);
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = index;
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, header);
  const auto raw = address.bytes();
  message.put_bytes(IFA_LOCAL, raw).put_bytes(IFA_ADDRESS, raw);
  if (address.family == Family::v4) {
    const Bytes broadcast =
        Address{Family::v4, address.bits | ((prefix >= 32 ? 0u : (~0u >> prefix)) & 0xffffffffu)}.bytes();
    if (prefix < 31) message.put_bytes(IFA_BROADCAST, broadcast);
  } else {
    message.put_u32(IFA_FLAGS, IFA_F_NODAD);
  }
  return message;
}

Message route_message(Family family) {
  rtmsg header{};
  header.rtm_family = kernel_family(family);
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_BOOT;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  return {RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, header};
}

}  // namespace

Message create_bridge(const BridgeLink& bridge) {
  Message message(RTM_NEWLINK, kCreate, link_header(false));
  message.put_text(IFLA_IFNAME, bridge.name);
  message.put(IFLA_ADDRESS, bridge.mac.data(), bridge.mac.size());
  if (bridge.mtu != 0) message.put_u32(IFLA_MTU, bridge.mtu);
  message.nest(IFLA_LINKINFO, [](Message& info) { info.put_text(IFLA_INFO_KIND, "bridge"); });
  return message;
}

Message tune_bridge(const BridgeLink& bridge) {
  Message message(RTM_NEWLINK, 0, link_header(false));
  message.put_text(IFLA_IFNAME, bridge.name).put_text(IFLA_IFALIAS, bridge.alias);
  message.nest(IFLA_LINKINFO, [](Message& info) {
    info.put_text(IFLA_INFO_KIND, "bridge");
    info.nest(IFLA_INFO_DATA, [](Message& data) {
      data.put_u32(IFLA_BR_STP_STATE, 0).put_u32(IFLA_BR_FORWARD_DELAY, 0).put_u8(IFLA_BR_MCAST_SNOOPING, 0);
    });
  });
  return message;
}

Message set_up(std::uint32_t index, bool up) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(index);
  header.ifi_change = IFF_UP;
  header.ifi_flags = up ? IFF_UP : 0;
  return {RTM_NEWLINK, 0, header};
}

Message delete_link(const std::string& name) {
  Message message(RTM_DELLINK, 0, link_header(false));
  message.put_text(IFLA_IFNAME, name);
  return message;
}

Message add_address(std::uint32_t index, const Address& address, int prefix) {
  return address_message(index, address, prefix);
}

Message remove_address(std::uint32_t index, const Address& address, int prefix) {
  ifaddrmsg header{};
  header.ifa_family = kernel_family(address.family);
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix);
  header.ifa_index = index;
  Message message(RTM_DELADDR, 0, header);
  message.put_bytes(IFA_LOCAL, address.bytes());
  return message;
}

model::PatchedMessage create_container_link(const ContainerLink& link) {
  std::uint32_t fd_offset = 0;
  const auto put_inner = [&](Message& message) {
    message.put_text(IFLA_IFNAME, link.name);
    if (link.mac) message.put(IFLA_ADDRESS, link.mac->data(), link.mac->size());
    if (link.mtu != 0) message.put_u32(IFLA_MTU, link.mtu);
    if (link.kind == LinkKind::veth) message.put_u32(IFLA_TXQLEN, 0);
    message.put_u32(IFLA_NET_NS_FD, 0);
    fd_offset = message.last_value_offset();
  };

  Message message(RTM_NEWLINK, kCreate, link_header(link.kind == LinkKind::veth));
  if (link.kind == LinkKind::veth) {
    message.put_text(IFLA_IFNAME, link.host_name);
    if (link.mtu != 0) message.put_u32(IFLA_MTU, link.mtu);
    message.put_u32(IFLA_MASTER, link.parent);
    message.nest(IFLA_LINKINFO, [&](Message& info) {
      info.put_text(IFLA_INFO_KIND, "veth");
      info.nest(IFLA_INFO_DATA, [&](Message& data) {
        data.nest(VETH_INFO_PEER, [&](Message& peer) {
          const ifinfomsg header{};
          peer.append(&header, sizeof header);
          put_inner(peer);
        });
      });
    });
  } else {
    put_inner(message);
    message.put_u32(IFLA_LINK, link.parent);
    message.nest(IFLA_LINKINFO, [&](Message& info) {
      info.put_text(IFLA_INFO_KIND, link.kind == LinkKind::macvlan ? "macvlan" : "ipvlan");
      info.nest(IFLA_INFO_DATA, [&](Message& data) {
        if (link.kind == LinkKind::macvlan) {
          data.put_u32(IFLA_MACVLAN_MODE, link.mode);
        } else {
          data.put_u16(IFLA_IPVLAN_MODE, static_cast<std::uint16_t>(link.mode));
        }
      });
    });
  }
  model::PatchedMessage out;
  out.bytes = message.bytes();
  out.patches.push_back({fd_offset, model::PatchedMessage::Word::target_netns_fd, {}});
  return out;
}

model::PatchedMessage tune_port(const std::string& host_name, bool isolated) {
  Message message(RTM_NEWLINK, 0, link_header(false));
  message.put_text(IFLA_IFNAME, host_name);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_text(IFLA_INFO_SLAVE_KIND, "bridge");
    info.nest(IFLA_INFO_SLAVE_DATA, [&](Message& data) {
      data.put_u8(IFLA_BRPORT_MODE, 1);
      if (isolated) data.put_u8(IFLA_BRPORT_ISOLATED, 1);
    });
  });
  model::PatchedMessage out;
  out.bytes = message.bytes();
  return out;
}

model::PatchedMessage claim_port(const std::string& host_name, const Mac& mac) {
  ndmsg header{};
  header.ndm_family = AF_BRIDGE;
  // Not NUD_REACHABLE: the kernel takes that only from a port that forwards.
  header.ndm_state = NUD_NOARP;
  header.ndm_flags = NTF_MASTER;
  Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header);
  message.put(NDA_LLADDR, mac.data(), mac.size());
  return with_index(std::move(message), NLMSG_HDRLEN + offsetof(ndmsg, ndm_ifindex), host_name);
}

model::PatchedMessage prepare_link(const std::string& name, bool ipv6) {
  Message message(RTM_NEWLINK, 0, link_header(false));
  message.nest(IFLA_AF_SPEC, [&](Message& spec) {
    // A successor with the same address announces itself, so that the bridge forgets where its predecessor was.
    spec.nest(AF_INET, [](Message& inet) {
      inet.nest(IFLA_INET_CONF, [](Message& conf) { conf.put_u32(IPV4_DEVCONF_ARP_NOTIFY, 1); });
    });
    if (!ipv6) return;
    spec.nest(AF_INET6, [](Message& inet6) { inet6.put_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE); });
  });
  return with_index(std::move(message), link_index_offset(), name);
}

model::PatchedMessage child_address(const std::string& name, const Address& address, int prefix) {
  return with_index(address_message(0, address, prefix), address_index_offset(), name);
}

model::PatchedMessage child_up(const std::string& name) {
  return with_index(set_up(0, true), link_index_offset(), name);
}

model::PatchedMessage child_default_route(const std::string& name, const Address& gateway) {
  Message message = route_message(gateway.family);
  message.put_bytes(RTA_GATEWAY, gateway.bytes());
  message.put_u32(RTA_OIF, 0);
  const std::uint32_t offset = message.last_value_offset();
  return with_index(std::move(message), offset, name);
}

}  // namespace stack::netns
