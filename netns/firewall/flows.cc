#include "netns/firewall/flows.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "engine/base/error.h"

namespace stack::netns {

namespace {

constexpr unsigned char kUdp = 17;  // IPPROTO_UDP

constexpr std::uint16_t type_of(int message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message);
}

nfgenmsg ipv4_header() {
  nfgenmsg header{};
  header.nfgen_family = AF_INET;
  return header;
}

}  // namespace

std::optional<Flow> read_udp_flow(const Received& message) {
  if (message.type != type_of(IPCTNL_MSG_CT_NEW)) return std::nullopt;
  const auto attributes = parse_attributes(after_header(message.payload, sizeof(nfgenmsg)));
  const auto* original = find(attributes, CTA_TUPLE_ORIG);
  const auto* reply = find(attributes, CTA_TUPLE_REPLY);
  if (original == nullptr || reply == nullptr) return std::nullopt;
  const auto tuple = parse_attributes(reply->value);
  const auto* addresses = find(tuple, CTA_TUPLE_IP);
  const auto* protocol = find(tuple, CTA_TUPLE_PROTO);
  if (addresses == nullptr || protocol == nullptr) return std::nullopt;
  const auto protocol_parts = parse_attributes(protocol->value);
  const auto address_parts = parse_attributes(addresses->value);
  const auto* number = find(protocol_parts, CTA_PROTO_NUM);
  const auto* source = find(address_parts, CTA_IP_V4_SRC);
  if (number == nullptr || number->value.size() != 1 || std::to_integer<unsigned char>(number->value[0]) != kUdp) {
    return std::nullopt;
  }
  const auto address = source == nullptr ? std::nullopt : address_from(source->value.data(), source->value.size());
  if (!address) return std::nullopt;
  return Flow{*address, Bytes(original->value.begin(), original->value.end())};
}

std::size_t forget_udp_flows(NetlinkSocket& socket, const std::set<Address>& addresses) {
  if (addresses.empty()) return 0;
  std::vector<Bytes> deletions;
  const Ack ack =
      socket.dump(Message(type_of(IPCTNL_MSG_CT_GET), NLM_F_DUMP, ipv4_header()), [&](const Received& message) {
        const auto flow = read_udp_flow(message);
        if (!flow || !addresses.contains(flow->answers_from)) return;
        Message deletion(type_of(IPCTNL_MSG_CT_DELETE), 0, ipv4_header());
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
