// The engine beside whatever else uses the host's network: other engines, bridges, routers, tunnels, packet filters.
#include <gmock/gmock.h>

#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The parameter: whether bridges hand their frames to the packet filter.
class NeighboursTest : public NetworkTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    NetworkTest::SetUp();
    if (IsSkipped()) return;
    for (const char* name : {"bridge-nf-call-iptables", "bridge-nf-call-ip6tables"}) {
      output_of(std::string("echo ") + GetParam() + " >/proc/sys/net/bridge/" + name);
    }
  }

  // Another machine on a network of its own, which is the host's as well.
  static NetNamespace machine(const std::string& name, const std::string& subnet) {
    NetNamespace out = NetNamespace::make();
    output_of("ip link add " + name + " type veth peer name far && ip link set far netns " + path(out));
    output_of("ip addr add " + subnet + ".1/24 dev " + name + " && ip link set " + name + " up");
    out.in([&] {
      raise_loopback();
      output_of("ip addr add " + subnet + ".2/24 dev far && ip link set far up && ip route add default via " + subnet +
                ".1");
    });
    return out;
  }
  // A guest of somebody else's bridge.
  static NetNamespace guest(const std::string& bridge, const std::string& port, const std::string& address) {
    NetNamespace out = NetNamespace::make();
    output_of("ip link add " + port + " type veth peer name eth0 netns " + path(out));
    output_of("ip link set " + port + " master " + bridge + " up");
    out.in([&] {
      raise_loopback();
      output_of("ip addr add " + address + "/24 dev eth0 && ip link set eth0 up");
    });
    return out;
  }
  static std::string path(const NetNamespace& ns) {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ns.fd());
  }
  static void add_bridge(const std::string& name, const std::string& address) {
    output_of("ip link add " + name + " type bridge && ip addr add " + address + "/24 dev " + name +
              " && ip link set " + name + " up");
  }
  static bool connects(const NetNamespace& from, const NetNamespace& to, const std::string& address) {
    UniqueFd listener;
    to.in([&] { listener = listen_tcp(address, 80); });
    return reaches(from, address, 80);
  }
  // What is dropped takes all the patience there is: less than a first retransmission.
  static bool blocked(const NetNamespace& from, const NetNamespace& to, const std::string& address) {
    UniqueFd listener;
    to.in([&] { listener = listen_tcp(address, 80); });
    bool out = false;
    from.in([&] { out = !connect_tcp(address, 80, std::chrono::milliseconds(400)); });
    return out && !waiting(listener);
  }
  std::unique_ptr<netns::NetworkStack> another_engine() {
    netns::Options options;
    options.tag = "other";
    options.resolvers = resolvers;
    return netns::NetworkStack::open(loop, options);
  }
  // A network with one container on any engine.
  Container start_on(netns::NetworkStack& engine, const std::string& name) {
    model::NetworkSpec spec;
    spec.name = name;
    const auto made = engine.plan_network(new_id(system_random()), spec);
    engine.ensure_network(made);
    engine.flush();
    return join(engine, name, name + "-1");
  }
  Container join(netns::NetworkStack& engine, const std::string& net, const std::string& name) {
    const auto wanted = request(name, {net});
    const auto endpoints = engine.reserve(wanted);
    Container out{wanted.container_id, endpoints.at(0).ipv4, NetNamespace::make()};
    auto dns = play(engine.launch_network(wanted.container_id), out.ns);
    engine.serve_dns(wanted.container_id, std::move(dns.udp), std::move(dns.tcp));
    return out;
  }
};

TEST_P(NeighboursTest, TheHostIsNoRouterForOthers) {
  const NetNamespace one = machine("lan0", "203.0.113"), two = machine("lan1", "198.51.100");
  const auto web = start_on(*network, "front");
  EXPECT_TRUE(connects(web.ns, two, "198.51.100.2")) << "a container gets out";
  EXPECT_TRUE(blocked(one, two, "198.51.100.2")) << "the host routes for strangers";
  EXPECT_EQ(setting("ipv4/ip_forward"), "0");
  // The same for what comes later.
  const NetNamespace late = machine("lan2", "192.0.2");
  ASSERT_TRUE(settles([] { return setting("ipv4/conf/lan2/forwarding") == "1"; }));
  EXPECT_TRUE(connects(web.ns, late, "192.0.2.2"));
  EXPECT_TRUE(blocked(late, one, "203.0.113.2"));
  EXPECT_TRUE(blocked(one, late, "192.0.2.2"));
}

TEST_P(NeighboursTest, NorByIPv6AndTheHostsOwnAddressesStay) {
  if (::access("/proc/sys/net/ipv6", F_OK) != 0) GTEST_SKIP() << "no IPv6";
  const NetNamespace one = machine("lan0", "203.0.113"), two = machine("lan1", "198.51.100");
  output_of("ip addr add 2001:db8:1::1/64 dev lan0 nodad; ip addr add 2001:db8:2::1/64 dev lan1 nodad");
  const auto join_six = [](const NetNamespace& ns, const std::string& net) {
    ns.in(
        [&] { output_of("ip addr add " + net + "::2/64 dev far nodad; ip -6 route add default via " + net + "::1"); });
  };
  join_six(one, "2001:db8:1");
  join_six(two, "2001:db8:2");
  output_of("echo 1 >/proc/sys/net/ipv6/conf/lan0/accept_ra");
  model::NetworkSpec spec;
  spec.name = "six";
  spec.enable_ipv6 = true;
  const auto made = make_network(spec);
  network->flush();
  const auto web = start("web-1", {"six"});
  // Docker with IPv6 drops there as well.
  output_of(
      "nft 'add table ip6 filter; add chain ip6 filter FORWARD { type filter hook forward priority 0; policy drop; }'");
  ASSERT_TRUE(settles([] { return output_of("nft list table ip6 filter").find("accept") != std::string::npos; }));
  EXPECT_EQ(setting("ipv6/conf/all/forwarding"), "1");
  EXPECT_EQ(setting("ipv6/conf/lan0/forwarding"), "0") << "it would take no router advertisements any more";
  EXPECT_EQ(setting("ipv6/conf/default/forwarding"), "0");
  EXPECT_TRUE(connects(web.ns, two, "2001:db8:2::2"));
  EXPECT_TRUE(blocked(one, two, "2001:db8:2::2"));
  output_of("nft 'chain ip6 filter FORWARD { policy accept; }'");
  EXPECT_TRUE(blocked(one, two, "2001:db8:2::2")) << "by our own guard, too";
  network->release(web.id);
  network->remove_network(made.id);
  EXPECT_EQ(setting("ipv6/conf/all/forwarding"), "0");
  EXPECT_THAT(output_of("nft list tables"), Not(HasSubstr("stack_forwarding")));
  EXPECT_THAT(output_of("nft list table ip6 filter"), Not(HasSubstr(made.bridge)));
}

TEST_P(NeighboursTest, AnothersBridgeCarriesOnBeforeAndAfter) {
  add_bridge("virbr0", "192.168.122.1");
  const NetNamespace a = guest("virbr0", "tap0", "192.168.122.2"), b = guest("virbr0", "tap1", "192.168.122.3");
  const auto web = start_on(*network, "front");
  EXPECT_TRUE(connects(a, b, "192.168.122.3")) << output_of("nft list ruleset");
  add_bridge("virbr1", "192.168.123.1");
  const NetNamespace c = guest("virbr1", "tap2", "192.168.123.2"), d = guest("virbr1", "tap3", "192.168.123.3");
  EXPECT_TRUE(connects(c, d, "192.168.123.3"));
  ASSERT_TRUE(settles([] { return setting("ipv4/conf/virbr1/forwarding") == "1"; }));
  EXPECT_TRUE(connects(c, d, "192.168.123.3"));
  EXPECT_TRUE(connects(b, a, "192.168.122.2"));
}

TEST_P(NeighboursTest, ARouterOfTheHostsOwnKeepsRouting) {
  output_of("echo 1 >/proc/sys/net/ipv4/ip_forward");
  const NetNamespace one = machine("lan0", "203.0.113"), tunnel = machine("tun0", "10.99.0");
  const auto web = start_on(*network, "front");
  EXPECT_TRUE(connects(one, tunnel, "10.99.0.2"));
  EXPECT_TRUE(connects(tunnel, one, "203.0.113.2"));
  EXPECT_TRUE(connects(web.ns, one, "203.0.113.2"));
  EXPECT_THAT(network->remove_all().errors, IsEmpty());
  EXPECT_EQ(setting("ipv4/ip_forward"), "1") << "it was not ours";
  EXPECT_TRUE(connects(one, tunnel, "10.99.0.2"));
}

TEST_P(NeighboursTest, ATunnelThatStartsLaterRoutes) {
  const NetNamespace one = machine("lan0", "203.0.113");
  const auto web = start_on(*network, "front");
  const NetNamespace tunnel = machine("tun0", "10.99.0");
  output_of("echo 1 >/proc/sys/net/ipv4/ip_forward");  // as such programs' scripts do
  ASSERT_TRUE(settles([] { return output_of("nft list tables").find("stack_forwarding") == std::string::npos; }));
  EXPECT_TRUE(connects(one, tunnel, "10.99.0.2"));
  EXPECT_TRUE(connects(web.ns, one, "203.0.113.2"));
  EXPECT_THAT(network->remove_all().errors, IsEmpty());
  EXPECT_TRUE(connects(one, tunnel, "10.99.0.2")) << "nothing is put back that somebody else wants";

  // It ends, and takes forwarding with it: ours is put right.
  open();
  const auto again = start_on(*network, "front");
  output_of("echo 0 >/proc/sys/net/ipv4/ip_forward");
  ASSERT_TRUE(settles([] { return setting("ipv4/conf/lan0/forwarding") == "1"; }));
  EXPECT_TRUE(connects(again.ns, one, "203.0.113.2"));
  EXPECT_TRUE(blocked(one, tunnel, "10.99.0.2"));
}

TEST_P(NeighboursTest, TwoEnginesInAnyOrder) {
  const NetNamespace outside = machine("lan0", "203.0.113"), beyond = machine("lan1", "198.51.100");
  const auto mine = start_on(*network, "front");
  auto other = another_engine();
  const auto theirs = start_on(*other, "back");
  const auto neighbour = join(*other, "back", "back-2");
  ASSERT_TRUE(settles([&] { return loop.poll() == 0; }));
  const auto all_work = [&](const Container& from) {
    EXPECT_TRUE(connects(from.ns, outside, "203.0.113.2")) << output_of("nft list ruleset");
    EXPECT_TRUE(blocked(outside, beyond, "198.51.100.2"));
  };
  all_work(mine);
  all_work(theirs);
  EXPECT_TRUE(connects(theirs.ns, neighbour.ns, neighbour.address)) << "inside the other engine's bridge";
  EXPECT_TRUE(blocked(mine.ns, neighbour.ns, neighbour.address)) << "engines are isolated as networks are";
  EXPECT_TRUE(blocked(outside, neighbour.ns, neighbour.address));

  // Each publishes a port, and the other's containers and strangers reach it.
  netns::PublishRequest wanted;
  wanted.container_id = theirs.id;
  wanted.owner = "theirs";
  wanted.ports.push_back({"", 8080, 8080, 80, model::Protocol::tcp});
  other->reserve_ports(wanted);
  other->set_readiness(theirs.id, netns::Readiness::ready);
  other->flush();
  const UniqueFd listener = listen_in(theirs, 80);
  EXPECT_TRUE(reaches(outside, "203.0.113.1", 8080));
  EXPECT_TRUE(reaches(mine.ns, "203.0.113.1", 8080));

  // The first one leaves; then it was killed instead, and the other one leaves.
  EXPECT_THAT(network->remains(), HasSubstr("another engine needs it"));
  EXPECT_THAT(network->remove_all().errors, IsEmpty());
  all_work(theirs);
  EXPECT_TRUE(reaches(outside, "203.0.113.1", 8080));
  const auto again = start_on(*network, "front");
  network.reset();
  EXPECT_THAT(other->remove_all().errors, IsEmpty());
  all_work(again);
  open();
  EXPECT_THAT(network->remove_all().errors, IsEmpty());
  EXPECT_EQ(output_of("nft list ruleset"), "");
  for (const char* name : {"all", "default", "lan0", "lan1"}) {
    EXPECT_EQ(setting(std::string("ipv4/conf/") + name + "/forwarding"), "0") << name;
  }
}

TEST_P(NeighboursTest, DockerThatStartsLaterLetsOursPass) {
  const NetNamespace outside = machine("lan0", "203.0.113");
  const auto web = start_on(*network, "front");
  // What Docker's daemon does at its start.
  output_of("echo 1 >/proc/sys/net/ipv4/ip_forward");
  output_of(
      "nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }; "
      "add chain ip filter DOCKER-USER; add rule ip filter FORWARD jump DOCKER-USER'");
  ASSERT_TRUE(
      settles([] { return output_of("nft list chain ip filter DOCKER-USER").find("accept") != std::string::npos; }));
  EXPECT_TRUE(connects(web.ns, outside, "203.0.113.2"));
  // A firewall's service restarts.
  output_of("nft flush ruleset");
  ASSERT_TRUE(settles([] { return output_of("nft list tables").find("stack_test") != std::string::npos; }));
  EXPECT_TRUE(connects(web.ns, outside, "203.0.113.2"));
}

INSTANTIATE_TEST_SUITE_P(BridgeFilter, NeighboursTest, ::testing::Values("0", "1"),
                         [](const auto& each) { return std::string(each.param) == "1" ? "on" : "off"; });

}  // namespace
}  // namespace stack::test
