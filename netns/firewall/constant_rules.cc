#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include "netns/firewall/firewall.h"
#include "netns/firewall/nft_batch.h"

namespace stack::netns {

namespace {

// nft(8)'s numbers for data types; only its listings depend on them.
enum NftType : std::uint32_t { kIpv4 = 7, kIpv6 = 8, kProtocol = 12, kService = 13, kMark = 19, kInterface = 41 };

constexpr std::uint32_t concat(std::initializer_list<std::uint32_t> types) {
  std::uint32_t out = 0;
  for (const std::uint32_t type : types) out = out << 6 | type;
  return out;
}

constexpr std::uint32_t kVerdictData = 0xffffff00;
constexpr std::uint32_t kSource4 = 12, kDestination4 = 16;  // of the addresses in an IPv4 header
constexpr int kBeforeConntrack = -300, kDestinationNat = -100, kSourceNat = 100;

template <class... E>
Exprs list(E... parts) {
  Exprs out;
  (out.push_back(std::move(parts)), ...);
  return out;
}

// Appends `tail` to `head`.
Exprs operator+(Exprs head, Exprs tail) {
  for (Expr& part : tail) head.push_back(std::move(part));
  return head;
}

Exprs family_is(std::uint8_t family) { return list(expr::meta(NFT_META_NFPROTO), expr::equals(&family, 1)); }
Exprs from(SetId set, bool inverted = false) {
  return list(expr::meta(NFT_META_IIFNAME), expr::in_set(name_of(set), inverted));
}
Exprs to(SetId set, bool inverted = false) {
  return list(expr::meta(NFT_META_OIFNAME), expr::in_set(name_of(set), inverted));
}
Exprs ipv4_source_in(SetId set) {
  return family_is(NFPROTO_IPV4) + list(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, 12, 4), expr::in_set(name_of(set)));
}
Exprs ipv6_source_in(SetId set) {
  return family_is(NFPROTO_IPV6) + list(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, 8, 16), expr::in_set(name_of(set)));
}
Exprs not_from_loopback() {
  const std::uint32_t loopback = 1;  // the index of lo in every namespace
  return list(expr::meta(NFT_META_IIF), expr::differs(&loopback, sizeof loopback));
}
Exprs loopback_at(std::uint32_t offset) {
  const std::uint8_t loopback = 127;
  return family_is(NFPROTO_IPV4) +
         list(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, offset, 1), expr::equals(&loopback, 1));
}
Exprs was_redirected() {
  const std::uint32_t none = 0;
  return list(expr::conntrack(NFT_CT_STATUS), expr::mask(IPS_DST_NAT), expr::differs(&none, sizeof none));
}
Exprs is_established() {
  const std::uint32_t none = 0;
  const std::uint32_t bits = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
  return list(expr::conntrack(NFT_CT_STATE), expr::mask(bits), expr::differs(&none, sizeof none));
}

void add_port_rules(NftBatch& batch, const std::string& chain) {
  const std::uint32_t local = RTN_LOCAL;
  batch.add_rule(chain, family_is(NFPROTO_IPV4) + list(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4),
                                                       expr::meta(NFT_META_L4PROTO, kReg1 + 1),
                                                       expr::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, kReg1 + 2),
                                                       expr::verdict_of(name_of(SetId::ports_addr))));
  batch.add_rule(chain, family_is(NFPROTO_IPV4) + list(expr::address_type(), expr::equals(&local, sizeof local),
                                                       expr::meta(NFT_META_L4PROTO, kReg1),
                                                       expr::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, kReg1 + 1),
                                                       expr::verdict_of(name_of(SetId::ports_any))));
}

void add_sets(NftBatch& batch) {
  const auto plain = [&](SetId set, std::uint32_t type, std::uint32_t bytes, std::uint32_t flags = 0) {
    batch.add_set({name_of(set), flags, type, bytes, 0, 0, type == kInterface});
  };
  plain(SetId::bridges, kInterface, 16);
  plain(SetId::internal, kInterface, 16);
  plain(SetId::same_bridge, concat({kInterface, kInterface}), 32);
  plain(SetId::subnets4, kIpv4, 4, NFT_SET_INTERVAL);
  plain(SetId::subnets6, kIpv6, 16, NFT_SET_INTERVAL);
  plain(SetId::masquerade4, kIpv4, 4, NFT_SET_INTERVAL);
  plain(SetId::masquerade6, kIpv6, 16, NFT_SET_INTERVAL);
  batch.add_set({name_of(SetId::ports_any), NFT_SET_MAP, concat({kProtocol, kService}), 8, kVerdictData, 0});
  batch.add_set({name_of(SetId::ports_addr), NFT_SET_MAP, concat({kIpv4, kProtocol, kService}), 12, kVerdictData, 0});
  const std::uint32_t target = concat({kIpv4, kService});
  batch.add_set({name_of(SetId::backends_any), NFT_SET_MAP, concat({kMark, kProtocol, kService}), 12, target, 8});
  batch.add_set(
      {name_of(SetId::backends_addr), NFT_SET_MAP, concat({kMark, kIpv4, kProtocol, kService}), 16, target, 8});
}

}  // namespace

void add_balance_chain(NftBatch& batch, bool for_address, std::size_t backends) {
  const std::string chain = chain_name(for_address, backends);
  batch.add_chain(chain);
  Exprs key = family_is(NFPROTO_IPV4) + list(expr::random_below(static_cast<std::uint32_t>(backends)));
  std::uint32_t reg = kReg1 + 1;
  if (for_address) key.push_back(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4, reg++));
  key.push_back(expr::meta(NFT_META_L4PROTO, reg));
  key.push_back(expr::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, reg + 1));
  key.push_back(expr::map_to(name_of(for_address ? SetId::backends_addr : SetId::backends_any)));
  key.push_back(expr::dnat(NFPROTO_IPV4, kReg1, kReg1 + 1));
  batch.add_rule(chain, std::move(key));
}

void add_constant_part(NftBatch& batch) {
  add_sets(batch);
  batch.add_chain(BaseChain{"raw", "filter", NF_INET_PRE_ROUTING, kBeforeConntrack});
  batch.add_chain(BaseChain{"prerouting", "nat", NF_INET_PRE_ROUTING, kDestinationNat});
  batch.add_chain(BaseChain{"output", "nat", NF_INET_LOCAL_OUT, kDestinationNat});
  batch.add_chain(BaseChain{"postrouting", "nat", NF_INET_POST_ROUTING, kSourceNat});
  batch.add_chain(BaseChain{"forward", "filter", NF_INET_FORWARD, 0});

  // Loopback addresses belong to the host itself. The kernel checks them when it routes, which is too late for a port
  // that is published on 127.0.0.1, whose redirection rewrites the address first, and not at all on our bridges, where
  // route_localnet is on. For IPv6 it checks them before.
  for (const std::uint32_t offset : {kDestination4, kSource4}) {
    batch.add_rule("raw", not_from_loopback() + loopback_at(offset) + list(expr::verdict(NF_DROP)));
  }

  add_port_rules(batch, "prerouting");
  add_port_rules(batch, "output");

  // A reply to 127.0.0.1 would never leave the container.
  batch.add_rule("postrouting", loopback_at(12) + to(SetId::bridges) + list(expr::masquerade()));
  batch.add_rule("postrouting",
                 ipv4_source_in(SetId::masquerade4) + to(SetId::bridges, true) + list(expr::masquerade()));
  batch.add_rule("postrouting",
                 ipv6_source_in(SetId::masquerade6) + to(SetId::bridges, true) + list(expr::masquerade()));
  // A container that connects to a published port: the answer has to come back through the host.
  batch.add_rule("postrouting",
                 ipv4_source_in(SetId::subnets4) + to(SetId::bridges) + was_redirected() + list(expr::masquerade()));
  batch.add_rule("postrouting",
                 ipv6_source_in(SetId::subnets6) + to(SetId::bridges) + was_redirected() + list(expr::masquerade()));

  // Frames between ports of one bridge come by here when the host filters bridges.
  batch.add_rule("forward", list(expr::meta(NFT_META_IIFNAME), expr::meta(NFT_META_OIFNAME, kReg1 + 4),
                                 expr::in_set(name_of(SetId::same_bridge)), expr::verdict(NF_ACCEPT)));
  batch.add_rule("forward", from(SetId::internal) + list(expr::verdict(NF_DROP)));
  batch.add_rule("forward", to(SetId::internal) + list(expr::verdict(NF_DROP)));
  batch.add_rule("forward", is_established() + list(expr::verdict(NF_ACCEPT)));
  batch.add_rule("forward", to(SetId::bridges) + was_redirected() + list(expr::verdict(NF_ACCEPT)));
  batch.add_rule("forward", to(SetId::bridges) + list(expr::verdict(NF_DROP)));
}

}  // namespace stack::netns
