#include "netns/firewall/dns_redirect.h"

#include <algorithm>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "base/error.h"
#include "netns/firewall/nft_batch.h"

namespace stack::netns {

namespace {

using Word = model::PatchedMessage::Word;

constexpr std::uint8_t kTcp = 6, kUdp = 17;  // IPPROTO_*; <netinet/in.h> does not go with <linux/netfilter.h>
constexpr std::uint8_t kServer[4] = {127, 0, 0, 11};
constexpr std::uint8_t kDnsPort[2] = {0, 53};

// The two ports are the only thing that differs between two of these.
std::vector<Bytes> encode(const std::uint8_t (&port)[2]) {
  NftBatch batch(NFPROTO_IPV4, "stack_dns");
  batch.add_table();
  batch.add_chain(BaseChain{"output", "nat", NF_INET_LOCAL_OUT, -100});
  for (const std::uint8_t protocol : {kUdp, kTcp}) {
    Exprs rule;
    rule.push_back(expr::payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4));
    rule.push_back(expr::equals(kServer, sizeof kServer));
    rule.push_back(expr::meta(NFT_META_L4PROTO));
    rule.push_back(expr::equals(&protocol, 1));
    rule.push_back(expr::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2));
    rule.push_back(expr::equals(kDnsPort, sizeof kDnsPort));
    rule.push_back(expr::immediate(kServer, sizeof kServer, kReg1));
    rule.push_back(expr::immediate(port, sizeof port, kReg1 + 1));
    rule.push_back(expr::dnat(NFPROTO_IPV4, kReg1, kReg1 + 1));
    batch.add_rule("output", std::move(rule));
  }
  return std::move(batch).messages();
}

std::vector<model::PatchedMessage> make() {
  // Where libnftnl puts the port is its affair: two encodings with other ports show it.
  const auto one = encode({0x11, 0x11}), two = encode({0xee, 0xee});
  std::vector<model::PatchedMessage> out;
  Word next = Word::dns_udp_port;
  for (std::size_t i = 0; i < one.size(); ++i) {
    model::PatchedMessage message;
    message.bytes = one[i];
    const auto [at, other] = std::mismatch(one[i].begin(), one[i].end(), two[i].begin(), two[i].end());
    if (at != one[i].end()) {
      const auto offset = static_cast<std::uint32_t>(at - one[i].begin());
      if (offset % 4 != 0) throw Error("the port of a DNS redirect is not where a patch can reach it");
      message.patches.push_back({offset, next, {}});
      next = Word::dns_tcp_port;
    }
    out.push_back(std::move(message));
  }
  return out;
}

}  // namespace

const std::vector<model::PatchedMessage>& dns_redirect() {
  static const std::vector<model::PatchedMessage> messages = make();
  return messages;
}

}  // namespace stack::netns
