#include "netns/firewall/forward_policy.h"

#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/error.h"
#include "base/file.h"
#include "netns/firewall/nft_batch.h"

namespace stack::netns {

namespace {

constexpr const char* kFilterTable = "filter";
constexpr const char* kUserChain = "DOCKER-USER";
constexpr const char* kForwardChain = "FORWARD";

nfgenmsg family_header(std::uint8_t family) {
  nfgenmsg header{};
  header.nfgen_family = family;
  return header;
}

// "iifname"/"oifname" equals the name, in the form that iptables lists as -i and -o.
Exprs through(std::uint32_t key, const std::string& bridge) {
  Exprs out;
  out.push_back(expr::meta(key));
  out.push_back(expr::equals(bridge.c_str(), bridge.size() + 1));
  out.push_back(expr::counter());
  out.push_back(expr::verdict(NF_ACCEPT));
  return out;
}

}  // namespace

std::optional<ForwardChain> read_chain(const Received& message) {
  if (message.type != nft_type(NFT_MSG_NEWCHAIN)) return std::nullopt;
  const auto header = header_of<nfgenmsg>(message.payload);
  if (!header) return std::nullopt;
  const auto attributes = parse_attributes(after_header(message.payload, sizeof(nfgenmsg)));
  ForwardChain chain;
  chain.family = header->nfgen_family;
  if (const auto* table = find(attributes, NFTA_CHAIN_TABLE)) chain.table = table->text();
  if (const auto* name = find(attributes, NFTA_CHAIN_NAME)) chain.name = name->text();
  if (const auto* hook = find(attributes, NFTA_CHAIN_HOOK)) {
    const auto inner = parse_attributes(hook->value);
    const auto* number = find(inner, NFTA_HOOK_HOOKNUM);
    chain.at_forward = number != nullptr && number->u32() == htonl(NF_INET_FORWARD) &&
                       (chain.family == NFPROTO_IPV4 || chain.family == NFPROTO_IPV6 || chain.family == NFPROTO_INET);
  }
  if (const auto* policy = find(attributes, NFTA_CHAIN_POLICY)) chain.drops = policy->u32() == htonl(NF_DROP);
  return chain;
}

ForwardPlan plan_forwarding(const std::vector<ForwardChain>& chains, const std::string& own_table) {
  ForwardPlan plan;
  for (const ForwardChain& chain : chains) {
    const bool filter = (chain.family == NFPROTO_IPV4 || chain.family == NFPROTO_IPV6) && chain.table == kFilterTable;
    std::optional<std::string>& place = chain.family == NFPROTO_IPV6 ? plan.ipv6 : plan.ipv4;
    if (filter && chain.name == kUserChain) {
      place = kUserChain;
    } else if (filter && chain.name == kForwardChain && chain.drops && !place) {
      place = kForwardChain;
    } else if (chain.at_forward && chain.drops && chain.table != own_table && !filter) {
      plan.in_the_way.push_back(chain.table + "/" + chain.name);
    }
  }
  return plan;
}

ForwardPolicy ForwardPolicy::open(const std::string& tag) { return {NetlinkSocket::open(NETLINK_NETFILTER), tag}; }

std::vector<ForwardChain> ForwardPolicy::chains() {
  std::vector<ForwardChain> out;
  const Message question(nft_type(NFT_MSG_GETCHAIN), NLM_F_DUMP, family_header(NFPROTO_UNSPEC));
  const Ack ack = socket_.dump(question, [&](const Received& message) {
    if (auto chain = read_chain(message)) out.push_back(std::move(*chain));
  });
  if (ack.err != 0) throw Error::from_errno(ack.err, "listing the packet filter's chains");
  return out;
}

std::vector<std::uint64_t> ForwardPolicy::handles(std::uint8_t family, const std::string& chain,
                                                  const std::string& wanted) {
  std::vector<std::uint64_t> out;
  Message question(nft_type(NFT_MSG_GETRULE), NLM_F_DUMP, family_header(family));
  question.put_text(NFTA_RULE_TABLE, kFilterTable).put_text(NFTA_RULE_CHAIN, chain);
  const Ack ack = socket_.dump(question, [&](const Received& message) {
    if (message.type != nft_type(NFT_MSG_NEWRULE)) return;
    const auto attributes = parse_attributes(after_header(message.payload, sizeof(nfgenmsg)));
    const auto* data = find(attributes, NFTA_RULE_USERDATA);
    const auto* handle = find(attributes, NFTA_RULE_HANDLE);
    const auto* in_chain = find(attributes, NFTA_RULE_CHAIN);
    if (data == nullptr || handle == nullptr || handle->value.size() != 8 || in_chain == nullptr) return;
    // Behind a type and a length.
    const std::string text(reinterpret_cast<const char*>(data->value.data()), data->value.size());
    if (in_chain->text() != chain || text.size() < 3 || text.substr(2, text.size() - 3) != wanted) return;
    std::uint64_t number = 0;
    std::memcpy(&number, handle->value.data(), sizeof number);
    out.push_back(be64toh(number));
  });
  if (ack.err != 0 && ack.err != ENOENT) throw Error::from_errno(ack.err, "listing the rules of " + chain);
  return out;
}

void ForwardPolicy::admit_in(std::uint8_t family, const std::string& chain, const std::string& bridge) {
  if (!handles(family, chain, comment(bridge)).empty()) return;
  NftBatch batch(family, kFilterTable);
  batch.insert_rule(chain, comment(bridge), through(NFT_META_IIFNAME, bridge));
  batch.insert_rule(chain, comment(bridge), through(NFT_META_OIFNAME, bridge));
  const auto finished = batch.finish();
  const Ack ack = socket_.batch(finished.datagram, finished.last_sequence);
  if (ack.err != 0) throw Error::from_errno(ack.err, "letting " + bridge + " pass the chain " + chain);
}

std::string ForwardPolicy::admit(const std::string& bridge) {
  const ForwardPlan plan = plan_forwarding(chains(), "stack_" + tag_);
  if (plan.ipv4) admit_in(NFPROTO_IPV4, *plan.ipv4, bridge);
  if (plan.ipv6) admit_in(NFPROTO_IPV6, *plan.ipv6, bridge);
  std::string note;
  for (const std::string& chain : plan.in_the_way) {
    note += (note.empty() ? "" : ", ") + ("the packet filter's chain " + chain + " drops what it does not know");
  }
  const auto legacy = read_file("/proc/net/ip_tables_names", 4096);
  if (legacy && legacy->find(kFilterTable) != std::string::npos) {
    note += (note.empty() ? "" : ", ") + std::string("the legacy iptables table filter is in use");
  }
  if (note.empty() || std::exchange(told_, true)) return {};
  return note + ": if containers cannot reach other machines, accept forwarding from and to " + bridge + " there";
}

void ForwardPolicy::withdraw(const std::string& bridge) {
  for (const std::uint8_t family : {NFPROTO_IPV4, NFPROTO_IPV6}) withdraw_from(family, bridge);
}

void ForwardPolicy::withdraw_from(std::uint8_t family, const std::string& bridge) {
  NftBatch batch(family, kFilterTable);
  bool any = false;
  for (const char* chain : {kUserChain, kForwardChain}) {
    for (const std::uint64_t handle : handles(family, chain, comment(bridge))) {
      batch.delete_rule(chain, handle);
      any = true;
    }
  }
  if (!any) return;
  const auto finished = batch.finish();
  const Ack ack = socket_.batch(finished.datagram, finished.last_sequence);
  if (ack.err != 0 && ack.err != ENOENT) throw Error::from_errno(ack.err, "taking back the rules for " + bridge);
}

}  // namespace stack::netns
