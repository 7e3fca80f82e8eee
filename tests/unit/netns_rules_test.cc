#include <random>

#include <gmock/gmock.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "netns/firewall/dns_redirect.h"
#include "netns/firewall/forward_policy.h"
#include "netns/firewall/ruleset.h"
#include "netns/links/host_links.h"
#include "netns/netlink/message.h"
#include "netns/ports/port_owner.h"

namespace stack::netns {
namespace {

Address address(const char* text) { return parse_address(text).value(); }

Ruleset replicas(unsigned count) {
  Ruleset out;
  out.bridges = {"br0"};
  out.subnets = {parse_cidr("10.0.0.0/24").value()};
  for (unsigned i = 0; i < count; ++i) {
    out.services[{{}, 6, 8080}].push_back({{Family::v4, 0x0a000002 + i}, 80});
  }
  return out;
}

TEST(NetnsRuleset, NothingChangesForTheSame) {
  const auto elements = flatten(replicas(3));
  EXPECT_TRUE(diff(elements, elements, {"any_3"}).empty());
}

TEST(NetnsRuleset, AReplicaMoreIsAHandfulOfElements) {
  const auto change = diff(flatten(replicas(50)), flatten(replicas(51)), {"any_50"});
  EXPECT_EQ(change.removed.size(), 1u) << "the port's own, which leads to another chain now";
  EXPECT_EQ(change.added.size(), 2u);
  ASSERT_EQ(change.new_chains.size(), 1u);
  EXPECT_EQ(change.new_chains[0].name(), "any_51");
  EXPECT_TRUE(diff(flatten(replicas(50)), flatten(replicas(51)), {"any_50", "any_51"}).new_chains.empty());
}

TEST(NetnsRuleset, NoReplicaNoElement) {
  auto none = replicas(0);
  none.services[{{}, 6, 8080}] = {};
  EXPECT_EQ(flatten(none), flatten(replicas(0)));
}

TEST(NetnsRuleset, ReplicasBeyondTheBoundAreLeftOut) {
  const auto elements = flatten(replicas(kMaxBackends + 9));
  std::size_t backends = 0;
  for (const auto& [key, value] : elements) backends += key.set == SetId::backends_any;
  EXPECT_EQ(backends, kMaxBackends);
}

TEST(NetnsRuleset, IntervalsEndBeforeTheNextBegins) {
  Ruleset rules;
  rules.subnets = {parse_cidr("172.17.0.0/16").value(), parse_cidr("172.18.0.0/16").value(),
                   parse_cidr("172.18.4.0/24").value(), parse_cidr("255.255.0.0/16").value()};
  std::vector<std::pair<std::string, bool>> order;
  for (const auto& [key, value] : flatten(rules)) {
    order.emplace_back(address_from(key.key.data(), key.key.size())->text(), key.interval_end);
  }
  using P = std::pair<std::string, bool>;
  EXPECT_THAT(order, ::testing::ElementsAre(P{"172.17.0.0", false}, P{"172.18.0.0", true}, P{"172.18.0.0", false},
                                            P{"172.19.0.0", true}, P{"255.255.0.0", false}));
}

TEST(NetnsDnsRedirect, HasOnePatchForEachProtocol) {
  int udp = 0, tcp = 0;
  for (const auto& message : dns_redirect()) {
    for (const auto& patch : message.patches) {
      EXPECT_LE(patch.offset + 4, message.bytes.size());
      EXPECT_EQ(patch.offset % 4, 0u);
      udp += patch.word == model::PatchedMessage::Word::dns_udp_port;
      tcp += patch.word == model::PatchedMessage::Word::dns_tcp_port;
    }
  }
  EXPECT_EQ(udp, 1);
  EXPECT_EQ(tcp, 1);
}

TEST(NetnsForwardPlan, PrefersTheChainForUsers) {
  const ForwardChain forward{NFPROTO_IPV4, "filter", "FORWARD", true, true};
  const ForwardChain user{NFPROTO_IPV4, "filter", "DOCKER-USER", false, false};
  const ForwardChain own{NFPROTO_INET, "stack_abcd", "forward", true, true};
  const ForwardChain other{NFPROTO_INET, "site", "fwd", true, true};
  EXPECT_EQ(plan_forwarding({forward, user}, "stack_abcd").ipv4, "DOCKER-USER");
  EXPECT_EQ(plan_forwarding({user, forward}, "stack_abcd").ipv4, "DOCKER-USER");
  EXPECT_EQ(plan_forwarding({forward, own}, "stack_abcd").ipv4, "FORWARD");
  ForwardChain six = forward;
  six.family = NFPROTO_IPV6;
  EXPECT_EQ(plan_forwarding({six, user}, "stack_abcd").ipv6, "FORWARD");
  EXPECT_EQ(plan_forwarding({six, user}, "stack_abcd").ipv4, "DOCKER-USER");
  EXPECT_THAT(plan_forwarding({forward, own, other}, "stack_abcd").in_the_way, ::testing::ElementsAre("site/fwd"));
  EXPECT_FALSE(plan_forwarding({{NFPROTO_IPV4, "filter", "FORWARD", true, false}}, "x").ipv4);
}

TEST(NetnsNetlink, ParsersSurviveNoise) {
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    Bytes noise(random() % 120);
    for (auto& byte : noise) byte = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 32);
    for (auto message : parse_datagram(noise)) {
      for (const std::uint16_t type : {RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE}) {
        message.type = type;
        std::uint32_t index = 0;
        (void)read_link(message);
        (void)read_address(message);
        (void)read_route(message, index);
      }
      (void)read_chain(message);
    }
    (void)parse_attributes(noise);
  }
}

TEST(NetnsNetlink, NestedAttributesHaveTheirLength) {
  const ifinfomsg header{};
  Message message(RTM_NEWLINK, 0, header);
  message.nest(IFLA_LINKINFO, [](Message& inner) { inner.put_text(1, "bridge").put_u8(2, 7); });
  const auto datagram = parse_datagram(message.bytes());
  ASSERT_EQ(datagram.size(), 1u);
  const auto attributes = parse_attributes(after_header(datagram[0].payload, sizeof header));
  ASSERT_EQ(attributes.size(), 1u);
  const auto inner = parse_attributes(attributes[0].value);
  ASSERT_EQ(inner.size(), 2u);
  EXPECT_EQ(inner[0].text(), "bridge");
}

TEST(NetnsBridgeSteps, OnlyWhatIsMissing) {
  WantedBridge wanted;
  wanted.addresses = {{0, address("10.0.0.1"), 24}};
  EXPECT_TRUE(steps_for(wanted, std::nullopt, {}).create);
  HostLink link;
  link.index = 7;
  link.up = true;
  EXPECT_EQ(steps_for(wanted, link, {}).add.size(), 1u);
  EXPECT_TRUE(steps_for(wanted, link, {{7, address("10.0.0.1"), 24}}).empty());
  EXPECT_FALSE(steps_for(wanted, link, {{8, address("10.0.0.1"), 24}}).empty());
}

constexpr std::string_view kTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0\n"
    "   1: 0500000A:0050 0600000A:C350 01 00000000:00000000 00:00000000 00000000     0        0 77 1 0 20\n"
    "   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 78 1 0 20\n"
    "   3: 00000000:0051 00000000:0000 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20\n"
    "garbage\n   4: ZZ:1F90 x\n";

TEST(NetnsPortOwner, FindsTheSocketInTheWay) {
  EXPECT_EQ(socket_in_way(kTable, address("127.0.0.1"), 8080).inode, 4242u);
  EXPECT_EQ(socket_in_way(kTable, {}, 8080).inode, 4242u);
  EXPECT_EQ(socket_in_way(kTable, address("10.0.0.9"), 8080).inode, std::nullopt);
  EXPECT_EQ(socket_in_way(kTable, address("10.0.0.5"), 80).inode, 78u) << "a listener before a connection";
  const SocketInWay closing = socket_in_way(kTable, {}, 81);
  EXPECT_EQ(closing.inode, std::nullopt) << "nobody owns a closing connection";
  EXPECT_TRUE(closing.closing);
  EXPECT_FALSE(socket_in_way(kTable, {}, 82).closing) << "a port that is bound and not listened at is in no table";
}

}  // namespace
}  // namespace stack::netns
