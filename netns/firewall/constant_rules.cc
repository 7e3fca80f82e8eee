#include <array>

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

// Where the destination's address is in a packet of each family, and what is known of it.
struct FamilyLayout {
  std::uint8_t number = 0;  // NFPROTO_*
  std::uint32_t destination = 0, address_bytes = 0;
  [[nodiscard]] std::uint32_t address_registers() const { return address_bytes / 4; }
};
constexpr FamilyLayout layout_of(Family family) {
  return family == Family::v4 ? FamilyLayout{NFPROTO_IPV4, kDestination4, 4} : FamilyLayout{NFPROTO_IPV6, 24, 16};
}

void add_port_rules(NftBatch& batch, const std::string& chain, Family family) {
  const FamilyLayout layout = layout_of(family);
  const std::uint32_t local = RTN_LOCAL;
  const std::uint32_t behind = kReg1 + layout.address_registers();
  const BalanceChain one{family, true, 0}, any{family, false, 0};
  Exprs only = family_is(layout.number);
  if (family == Family::v6) {
    // Redirected, a connection to ::1 would wait for an answer that the kernel does not let in.
    std::array<std::uint8_t, 16> loopback{};
    loopback.back() = 1;
    only = std::move(only) + list(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, layout.destination, layout.address_bytes),
                                  expr::differs(loopback.data(), loopback.size()));
  }
  batch.add_rule(chain, family_is(layout.number) +
                            list(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, layout.destination, layout.address_bytes),
                                 expr::meta(NFT_META_L4PROTO, behind),
                                 expr::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, behind + 1),
                                 expr::verdict_of(name_of(one.ports()))));
  batch.add_rule(chain, std::move(only) + list(expr::address_type(), expr::equals(&local, sizeof local),
                                               expr::meta(NFT_META_L4PROTO, kReg1),
                                               expr::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, kReg1 + 1),
                                               expr::verdict_of(name_of(any.ports()))));
}

void add_port_maps(NftBatch& batch, Family family) {
  const BalanceChain one{family, true, 0}, any{family, false, 0};
  const std::uint32_t address = family == Family::v4 ? kIpv4 : kIpv6, bytes = layout_of(family).address_bytes;
  const std::uint32_t target = concat({address, kService});
  const auto map = [&](SetId set, std::uint32_t key, std::uint32_t key_bytes, std::uint32_t data,
                       std::uint32_t data_bytes) {
    batch.add_set({name_of(set), NFT_SET_MAP, key, key_bytes, data, data_bytes});
  };
  map(any.ports(), concat({kProtocol, kService}), 8, kVerdictData, 0);
  map(one.ports(), concat({address, kProtocol, kService}), bytes + 8, kVerdictData, 0);
  map(any.targets(), concat({kMark, kProtocol, kService}), 12, target, bytes + 4);
  map(one.targets(), concat({kMark, address, kProtocol, kService}), bytes + 12, target, bytes + 4);
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
  for (const Family family : {Family::v4, Family::v6}) add_port_maps(batch, family);
}

}  // namespace

void add_balance_chain(NftBatch& batch, const BalanceChain& wanted) {
  const FamilyLayout layout = layout_of(wanted.family);
  batch.add_chain(wanted.name());
  Exprs key = family_is(layout.number) + list(expr::random_below(static_cast<std::uint32_t>(wanted.backends)));
  std::uint32_t reg = kReg1 + 1;
  if (wanted.for_address) {
    key.push_back(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, layout.destination, layout.address_bytes, reg));
    reg += layout.address_registers();
  }
  key.push_back(expr::meta(NFT_META_L4PROTO, reg));
  key.push_back(expr::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, reg + 1));
  key.push_back(expr::map_to(name_of(wanted.targets())));
  key.push_back(expr::dnat(layout.number, kReg1, kReg1 + layout.address_registers()));
  batch.add_rule(wanted.name(), std::move(key));
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

  for (const char* chain : {"prerouting", "output"}) {
    for (const Family family : {Family::v4, Family::v6}) add_port_rules(batch, chain, family);
  }

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
