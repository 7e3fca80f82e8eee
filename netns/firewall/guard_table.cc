#include "netns/firewall/guard_table.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/error.h"
#include "netns/firewall/nft_batch.h"

namespace stack::netns {

namespace {

constexpr const char* kGuardTable = "stack_forwarding";
constexpr std::uint32_t kInterfaceType = 41;  // nft(8)'s number, for its listings
constexpr std::uint32_t kInterfaceBytes = 16;

using Pairs = std::vector<std::pair<ElementKey, ElementValue>>;

Exprs any_bit(Expr source, std::uint32_t bits) {
  const std::uint32_t none = 0;
  Exprs out;
  out.push_back(std::move(source));
  out.push_back(expr::mask(bits));
  out.push_back(expr::differs(&none, sizeof none));
  out.push_back(expr::verdict(NF_ACCEPT));
  return out;
}

Exprs drop_from(std::uint8_t family, SetId set) {
  Exprs out;
  out.push_back(expr::meta(NFT_META_NFPROTO));
  out.push_back(expr::equals(&family, 1));
  out.push_back(expr::meta(NFT_META_IIFNAME));
  out.push_back(expr::in_set(name_of(set)));
  out.push_back(expr::counter());
  out.push_back(expr::verdict(NF_DROP));
  return out;
}

void add_rules(NftBatch& batch) {
  batch.add_set({name_of(SetId::guarded4), 0, kInterfaceType, kInterfaceBytes, 0, 0, true});
  batch.add_set({name_of(SetId::guarded6), 0, kInterfaceType, kInterfaceBytes, 0, 0, true});
  batch.add_set({name_of(SetId::guarded_pairs), 0, kInterfaceType << 6 | kInterfaceType, 2 * kInterfaceBytes, 0, 0});
  batch.add_chain(BaseChain{"forward", "filter", NF_INET_FORWARD, 0});
  Exprs carried_along;
  carried_along.push_back(expr::meta(NFT_META_IIFNAME));
  carried_along.push_back(expr::meta(NFT_META_OIFNAME, kReg1 + 4));
  carried_along.push_back(expr::in_set(name_of(SetId::guarded_pairs)));
  carried_along.push_back(expr::verdict(NF_ACCEPT));
  batch.add_rule("forward", std::move(carried_along));
  batch.add_rule("forward", any_bit(expr::conntrack(NFT_CT_STATE),
                                    NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED)));
  // Who redirects a connection wants it forwarded: published ports of any engine, and of Docker.
  batch.add_rule("forward", any_bit(expr::conntrack(NFT_CT_STATUS), IPS_DST_NAT));
  batch.add_rule("forward", drop_from(NFPROTO_IPV4, SetId::guarded4));
  batch.add_rule("forward", drop_from(NFPROTO_IPV6, SetId::guarded6));
}

void add_names(Pairs& out, SetId set, const std::set<std::string>& names) {
  for (const std::string& name : names) {
    Bytes key = interface_key(name);
    if (set == SetId::guarded_pairs) {
      const Bytes again = key;
      key.insert(key.end(), again.begin(), again.end());
    }
    out.push_back({{set, std::move(key), false}, {}});
  }
}

}  // namespace

GuardTable GuardTable::open() { return GuardTable(NetlinkSocket::open(NETLINK_NETFILTER)); }

std::set<std::string> GuardTable::read_set(const std::string& name) {
  std::set<std::string> out;
  nfgenmsg header{};
  header.nfgen_family = NFPROTO_INET;
  Message question(nft_type(NFT_MSG_GETSETELEM), NLM_F_DUMP, header);
  question.put_text(NFTA_SET_ELEM_LIST_TABLE, kGuardTable).put_text(NFTA_SET_ELEM_LIST_SET, name);
  const Ack ack = socket_.dump(question, [&](const Received& message) {
    if (message.type != nft_type(NFT_MSG_NEWSETELEM)) return;
    const auto attributes = parse_attributes(after_header(message.payload, sizeof(nfgenmsg)));
    const auto* elements = find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS);
    if (elements == nullptr) return;
    for (const Attribute& element : parse_attributes(elements->value)) {
      const auto parts = parse_attributes(element.value);
      const auto* key = find(parts, NFTA_SET_ELEM_KEY);
      if (key == nullptr) continue;
      const auto data = parse_attributes(key->value);
      if (const auto* value = find(data, NFTA_DATA_VALUE)) out.insert(value->text());
    }
  });
  if (ack.err != 0 && ack.err != ENOENT) throw Error::from_errno(ack.err, "reading the guard of the host's forwarding");
  return out;
}

Guarded GuardTable::read() { return {read_set(name_of(SetId::guarded4)), read_set(name_of(SetId::guarded6))}; }

void GuardTable::write(const Guarded& wanted) {
  NftBatch batch(NFPROTO_INET, kGuardTable);
  batch.add_table();  // so that deleting it cannot fail
  batch.delete_table();
  if (!wanted.empty()) {
    batch.add_table();
    add_rules(batch);
    std::set<std::string> both = wanted.ipv4;
    both.insert(wanted.ipv6.begin(), wanted.ipv6.end());
    for (const auto& [set, names] : {std::pair{SetId::guarded4, &wanted.ipv4},
                                     {SetId::guarded6, &wanted.ipv6},
                                     {SetId::guarded_pairs, static_cast<const std::set<std::string>*>(&both)}}) {
      Pairs elements;
      add_names(elements, set, *names);
      if (!elements.empty()) batch.add_elements(set, elements);
    }
  }
  const auto finished = batch.finish();
  const Ack ack = socket_.batch(finished.datagram, finished.last_sequence);
  if (ack.err != 0) throw Error::from_errno(ack.err, "writing the guard of the host's forwarding");
}

}  // namespace stack::netns
