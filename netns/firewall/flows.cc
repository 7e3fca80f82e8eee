#include "netns/firewall/flows.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "base/error.h"

namespace stack::netns {

namespace {

constexpr std::uint16_t conntrack_type(int message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message);
}

nfgenmsg header_for(int family) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<std::uint8_t>(family);
  return header;
}

// One direction of a flow.
struct Tuple {
  Address source, destination;
  std::uint8_t protocol = 0;
  std::uint16_t destination_port = 0;  // 0 for protocols without ports
};

std::optional<Address> address_in(const std::vector<Attribute>& parts, std::uint16_t v4, std::uint16_t v6) {
  const auto* found = find(parts, v4);
  if (found == nullptr) found = find(parts, v6);
  return found == nullptr ? std::nullopt : address_from(found->value.data(), found->value.size());
}

std::optional<Tuple> read_tuple(const Attribute* attribute) {
  if (attribute == nullptr) return std::nullopt;
  const auto parts = parse_attributes(attribute->value);
  const auto* addresses = find(parts, CTA_TUPLE_IP);
  const auto* protocol = find(parts, CTA_TUPLE_PROTO);
  if (addresses == nullptr || protocol == nullptr) return std::nullopt;
  const auto address_parts = parse_attributes(addresses->value);
  const auto protocol_parts = parse_attributes(protocol->value);
  const auto source = address_in(address_parts, CTA_IP_V4_SRC, CTA_IP_V6_SRC);
  const auto destination = address_in(address_parts, CTA_IP_V4_DST, CTA_IP_V6_DST);
  const auto* number = find(protocol_parts, CTA_PROTO_NUM);
  if (!source || !destination || number == nullptr || number->value.size() != 1) return std::nullopt;
  Tuple out{*source, *destination, std::to_integer<std::uint8_t>(number->value[0]), 0};
  const auto* port = find(protocol_parts, CTA_PROTO_DST_PORT);
  if (port != nullptr && port->value.size() == 2) {
    out.destination_port = static_cast<std::uint16_t>(std::to_integer<unsigned>(port->value[0]) << 8 |
                                                      std::to_integer<unsigned>(port->value[1]));
  }
  return out;
}

}  // namespace

std::optional<Flow> read_flow(const Received& message) {
  if (message.type != conntrack_type(IPCTNL_MSG_CT_NEW)) return std::nullopt;
  const auto attributes = parse_attributes(after_header(message.payload, sizeof(nfgenmsg)));
  const auto* original = find(attributes, CTA_TUPLE_ORIG);
  const auto asked = read_tuple(original);
  const auto answer = read_tuple(find(attributes, CTA_TUPLE_REPLY));
  if (!asked || !answer) return std::nullopt;
  return Flow{asked->protocol, asked->destination, asked->destination_port, answer->source,
              Bytes(original->value.begin(), original->value.end())};
}

std::size_t forget_flows(NetlinkSocket& socket, const std::function<bool(const Flow&)>& outdated) {
  std::vector<Bytes> deletions;
  const Message question(conntrack_type(IPCTNL_MSG_CT_GET), NLM_F_DUMP, header_for(AF_UNSPEC));
  const Ack ack = socket.dump(question, [&](const Received& message) {
    const auto flow = read_flow(message);
    if (!flow || !outdated(*flow)) return;
    Message deletion(conntrack_type(IPCTNL_MSG_CT_DELETE), 0,
                     header_for(flow->asked.family == Family::v4 ? AF_INET : AF_INET6));
    deletion.put_bytes(CTA_TUPLE_ORIG | NLA_F_NESTED, flow->original);
    deletions.push_back(deletion.bytes());
  });
  if (ack.err != 0) throw Error::from_errno(ack.err, "reading the connection table");
  const std::size_t count = deletions.size();
  for (const Ack& each : socket.request(std::move(deletions))) {
    // A flow may end by itself in between.
    if (each.err != 0 && each.err != ENOENT) throw Error::from_errno(each.err, "forgetting a flow");
  }
  return count;
}

}  // namespace stack::netns
