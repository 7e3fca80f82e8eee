#include <csignal>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(NetworkTest, ContainersOfOneNetworkReachEachOther) {
  const auto made = make_network("front");
  EXPECT_EQ(made.pools.at(0).subnet, "172.17.0.0/16");
  EXPECT_EQ(made.pools.at(0).gateway, "172.17.0.1");
  network->flush();
  const auto web = start("web-1", {"front"}), db = start("db-1", {"front"});
  EXPECT_EQ(web.address, "172.17.0.2");
  EXPECT_EQ(db.address, "172.17.0.3");
  const UniqueFd listener = listen_in(db, 5432);
  std::string peer;
  ASSERT_TRUE(reaches(web.ns, db.address, 5432));
  EXPECT_TRUE(accepts(listener, &peer));
  EXPECT_EQ(peer, web.address);
  // And the host itself does.
  EXPECT_TRUE(connect_tcp(db.address, 5432).has_value());
}

TEST_F(NetworkTest, TheKernelHasWhatWasAskedFor) {
  const auto made = make_network("front", "10.7.0.0/24");
  const auto web = start("web-1", {"front"});
  EXPECT_THAT(output_of("ip -d link show " + made.bridge), HasSubstr("stp_state 0"));
  EXPECT_THAT(output_of("ip -d link show " + made.bridge), HasSubstr("mcast_snooping 0"));
  EXPECT_THAT(output_of("ip addr show " + made.bridge), HasSubstr("inet 10.7.0.1/24"));
  EXPECT_THAT(output_of("ip addr show " + made.bridge), Not(HasSubstr("inet6")));
  web.ns.in([&] {
    const std::string links = output_of("ip addr");
    EXPECT_THAT(links, HasSubstr("inet 10.7.0.2/24 brd 10.7.0.255"));
    EXPECT_THAT(links, HasSubstr("02:42:0a:07:00:02"));
    EXPECT_THAT(links, HasSubstr("eth0@"));
    EXPECT_THAT(links, Not(HasSubstr("fe80")));
    EXPECT_THAT(output_of("ip route"), HasSubstr("default via 10.7.0.1 dev eth0"));
  });
}

TEST_F(NetworkTest, NetworksAreIsolatedFromEachOther) {
  make_network("front");
  make_network("back");
  network->flush();
  const auto web = start("web-1", {"front"}), db = start("db-1", {"back"});
  const UniqueFd listener = listen_in(db, 5432);
  EXPECT_FALSE(reaches(web.ns, db.address, 5432));
  EXPECT_FALSE(waiting(listener));
}

TEST_F(NetworkTest, AContainerOnTwoNetworksHasTheDefaultRouteOfTheHighestPriority) {
  make_network("alpha", "10.1.0.0/24");
  make_network("beta", "10.2.0.0/24");
  make_network("secret", "10.3.0.0/24", true);
  auto wanted = request("web-1", {"alpha", "beta", "secret"});
  wanted.attachments[1].gateway_priority = 5;
  wanted.attachments[2].gateway_priority = 9;  // internal: it has no way out
  wanted.attachments[1].interface_name = "lan0";
  const auto web = start(wanted);
  web.ns.in([&] {
    EXPECT_THAT(output_of("ip route"), HasSubstr("default via 10.2.0.1 dev lan0"));
    EXPECT_THAT(output_of("ip addr show eth0"), HasSubstr("10.3.0.2"));
    EXPECT_THAT(output_of("ip addr show eth1"), HasSubstr("10.1.0.2"));
  });
  // Without priorities the first name wins.
  const auto other = start("web-2", {"beta", "alpha"});
  other.ns.in([&] { EXPECT_THAT(output_of("ip route"), HasSubstr("default via 10.1.0.1 dev eth1")); });
}

TEST_F(NetworkTest, AnInterfaceHasAddressesOfTheLinkAndSettingsOfItsOwn) {
  make_network("front", "10.1.0.0/24");
  auto wanted = request("web-1", {"front"});
  model::Attachment& attachment = wanted.attachments[0];
  attachment.interface_name = "lan.0";
  attachment.link_local_ips = {"169.254.8.8", "fe80::8"};
  attachment.driver_opts = {
      {"com.docker.network.endpoint.sysctls", "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.ifname.accept_ra=0"},
      {"unknown", "1"}};
  const auto web = start(wanted);
  web.ns.in([&] {
    const std::string addresses = output_of("ip addr show lan.0");
    EXPECT_THAT(addresses, HasSubstr("10.1.0.2/24"));
    EXPECT_THAT(addresses, HasSubstr("169.254.8.8/16"));
    EXPECT_THAT(addresses, HasSubstr("fe80::8/64"));
    EXPECT_EQ(setting("ipv4/conf/lan.0/log_martians"), "1");
    EXPECT_EQ(setting("ipv6/conf/lan.0/accept_ra"), "0");
  });
}

// A process that is in the namespace and does nothing.
class Resident {
 public:
  explicit Resident(const NetNamespace& ns) {
    ns.in([&] {
      pid_ = ::fork();
      while (pid_ == 0) ::pause();
    });
  }
  Resident(const Resident&) = delete;
  Resident& operator=(const Resident&) = delete;
  ~Resident() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

TEST_F(NetworkTest, WhatComesToARunningContainerHasThemToo) {
  make_network("front", "10.1.0.0/24");
  make_network("later", "10.2.0.0/24");
  const auto web = start("web-1", {"front"});
  auto wanted = request("web-1", {"later"});
  model::Attachment attachment = wanted.attachments[0];
  attachment.link_local_ips = {"169.254.8.8"};
  attachment.driver_opts = {{"com.docker.network.endpoint.sysctls", "net.ipv4.conf.IFNAME.log_martians=1"}};
  const Resident resident{web.ns};
  network->attach(wanted, attachment, resident.pid());
  web.ns.in([&] {
    EXPECT_THAT(output_of("ip addr show eth1"), HasSubstr("169.254.8.8/16"));
    EXPECT_EQ(setting("ipv4/conf/eth1/log_martians"), "1");
  });
  // What the kernel does not have takes the interface with it.
  make_network("never", "10.3.0.0/24");
  wanted = request("web-1", {"never"});
  attachment = wanted.attachments[0];
  attachment.driver_opts = {{"com.docker.network.endpoint.sysctls", "net.ipv4.conf.IFNAME.nosuch=1"}};
  EXPECT_THROW(network->attach(wanted, attachment, resident.pid()), Error);
  web.ns.in([&] { EXPECT_THAT(output_of("ip addr show eth2"), HasSubstr("does not exist")); });
}

// A machine beyond the host, on 203.0.113.2, that knows no way back to the containers.
NetNamespace make_outside() {
  NetNamespace outside = NetNamespace::make();
  output_of("ip link add up0 type veth peer name out0 && ip addr add 203.0.113.1/24 dev up0 && ip link set up0 up");
  output_of("ip link set out0 netns /proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(outside.fd()));
  outside.in([] {
    raise_loopback();
    output_of("ip addr add 203.0.113.2/24 dev out0 && ip link set out0 up");
  });
  return outside;
}

TEST_F(NetworkTest, ContainersLeaveUnderTheHostsAddress) {
  const NetNamespace outside = make_outside();
  make_network("front");
  network->flush();
  const auto web = start("web-1", {"front"});
  UniqueFd listener;
  outside.in([&] { listener = listen_tcp("203.0.113.2", 80); });
  std::string peer;
  ASSERT_TRUE(reaches(web.ns, "203.0.113.2", 80));
  EXPECT_TRUE(accepts(listener, &peer));
  EXPECT_EQ(peer, "203.0.113.1");
}

TEST_F(NetworkTest, TurningForwardingOnMakesTheHostNoRouter) {
  const NetNamespace one = make_outside();
  const NetNamespace two = NetNamespace::make();
  output_of("ip link add host1 type veth peer name out1");
  output_of("ip link set out1 netns /proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(two.fd()));
  output_of("ip addr add 198.51.100.1/24 dev host1 && ip link set host1 up");
  two.in([] {
    raise_loopback();
    output_of("ip addr add 198.51.100.2/24 dev out1 && ip link set out1 up && ip route add default via 198.51.100.1");
  });
  one.in([] { output_of("ip route add default via 203.0.113.1"); });
  make_network("front");
  network->flush();
  EXPECT_EQ(output_of("cat /proc/sys/net/ipv4/ip_forward"), "0\n");
  const auto web = start("web-1", {"front"});
  UniqueFd listener;
  two.in([&] { listener = listen_tcp("198.51.100.2", 80); });
  EXPECT_TRUE(reaches(web.ns, "198.51.100.2", 80)) << "a container still gets out";
  EXPECT_FALSE(reaches(one, "198.51.100.2", 80)) << "the host forwards for strangers";
}

TEST_F(NetworkTest, NobodyOutsideReachesAContainerDirectly) {
  const NetNamespace outside = make_outside();
  make_network("front");
  network->flush();
  const auto web = start("web-1", {"front"});
  const UniqueFd listener = listen_in(web, 80);
  outside.in([&] {
    output_of("ip route add 172.17.0.0/16 via 203.0.113.1");
    EXPECT_FALSE(connect_tcp(web.address, 80).has_value());
  });
}

TEST_F(NetworkTest, AnInternalNetworkIsClosed) {
  const NetNamespace outside = make_outside();
  make_network("secret", "10.9.0.0/24", true);
  make_network("front");
  network->flush();
  const auto db = start("db-1", {"secret"}), worker = start("worker-1", {"secret"});
  const UniqueFd inside = listen_in(db, 5432);
  EXPECT_TRUE(reaches(worker.ns, db.address, 5432));
  UniqueFd listener;
  outside.in([&] { listener = listen_tcp("203.0.113.2", 80); });
  EXPECT_FALSE(reaches(db.ns, "203.0.113.2", 80));
  // Nor with a route of its own making.
  db.ns.in([&] {
    output_of("ip route add default via 10.9.0.1");
    EXPECT_FALSE(connect_tcp("203.0.113.2", 80).has_value());
  });
}

TEST_F(NetworkTest, NeighboursCanBeSwitchedOff) {
  model::NetworkSpec spec;
  spec.name = "hermits";
  spec.driver_opts["com.docker.network.bridge.enable_icc"] = "false";
  make_network(spec);
  network->flush();
  const auto web = start("web-1", {"hermits"}), db = start("db-1", {"hermits"});
  const UniqueFd listener = listen_in(db, 5432);
  EXPECT_FALSE(reaches(web.ns, db.address, 5432));
  EXPECT_TRUE(connect_tcp(db.address, 5432).has_value()) << "the host still does";
}

TEST_F(NetworkTest, ASubnetOfTheHostIsAvoidedAndAnExplicitOneIsRefused) {
  output_of("ip link add lan0 type bridge && ip addr add 172.17.5.1/24 dev lan0 && ip link set lan0 up");
  EXPECT_EQ(make_network("front").pools.at(0).subnet, "172.18.0.0/16");
  try {
    make_network("lan", "172.17.0.0/16");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_permitted);
    EXPECT_THAT(error.message(), HasSubstr("172.17.5.0/24, which the host has on lan0"));
  }
  try {
    make_network("twin", "172.18.4.0/24");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("overlaps 172.18.0.0/16 of the network front"));
  }
}

TEST_F(NetworkTest, EnsuringAgainChangesNothing) {
  const auto made = make_network("front");
  // One line for each address, with the link's index; not the link's state, which the kernel settles later.
  const std::string addresses = "ip -oneline addr show " + made.bridge;
  const std::string before = output_of(addresses);
  EXPECT_THAT(before, HasSubstr("inet 172.17.0.1/16"));
  network->ensure_network(made);
  EXPECT_EQ(output_of(addresses), before);
}

TEST_F(NetworkTest, ANetworkInUseStays) {
  const auto made = make_network("front");
  const auto web = start("web-1", {"front"});
  try {
    network->remove_network(made.id);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.message(), HasSubstr("in use by web-1"));
  }
  network->release(web.id);
  network->remove_network(made.id);
  EXPECT_THAT(output_of("ip link show " + made.bridge), HasSubstr("does not exist"));
}

TEST_F(NetworkTest, AContainerThatStartsAgainKeepsItsAddress) {
  make_network("front");
  network->flush();
  const auto web = start("web-1", {"front"});
  const auto peer = start("peer-1", {"front"});
  const auto before = network->endpoints(web.id).at(0);
  // The old namespace is still there, as after a kill that the kernel has not finished with.
  const NetNamespace again = NetNamespace::make();
  play(network->launch_network(web.id), again);
  const auto after = network->endpoints(web.id).at(0);
  EXPECT_EQ(after.ipv4, before.ipv4);
  EXPECT_NE(after.host_interface, before.host_interface);
  network->release(web.id);
  EXPECT_EQ(start("web-1", {"front"}).address, web.address);
}

TEST_F(NetworkTest, IPv6) {
  model::NetworkSpec spec;
  spec.name = "six";
  spec.enable_ipv6 = true;
  const auto made = make_network(spec);
  ASSERT_EQ(made.pools.size(), 2u);
  network->flush();
  const auto web = start("web-1", {"six"});
  const auto endpoint = network->endpoints(web.id).at(0);
  web.ns.in([&] {
    EXPECT_THAT(output_of("ip -6 addr show eth0"), HasSubstr(endpoint.ipv6 + "/64"));
    EXPECT_THAT(output_of("ip -6 addr show eth0 scope global"), Not(HasSubstr("tentative")));
    EXPECT_THAT(output_of("ip -6 addr show eth0 scope link"), HasSubstr("fe80::"));
    EXPECT_THAT(output_of("ip -6 route"), HasSubstr("default via " + endpoint.ipv6_gateway));
    EXPECT_THAT(output_of("ping -6 -c1 -W2 " + endpoint.ipv6_gateway), HasSubstr(" 0% packet loss"));
  });
}

TEST_F(NetworkTest, Macvlan) {
  output_of(
      "ip link add lan0 type veth peer name lan1 && ip link set lan1 up && ip addr add 10.20.0.1/24 dev lan0 && ip "
      "link set lan0 up");
  model::NetworkSpec spec;
  spec.name = "lan";
  spec.driver = "macvlan";
  spec.driver_opts["parent"] = "lan0";
  spec.pools.push_back({"10.20.0.0/24", "10.20.0.128/25", "10.20.0.1", {}});
  make_network(spec);
  network->flush();
  const auto one = start("one", {"lan"}), two = start("two", {"lan"});
  EXPECT_EQ(one.address, "10.20.0.128");
  const UniqueFd listener = listen_in(one, 80);
  EXPECT_TRUE(reaches(two.ns, one.address, 80));
}

TEST_F(NetworkTest, GetsPastADroppingForwardChain) {
  const NetNamespace outside = make_outside();
  output_of(
      "nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'");
  const auto made = make_network("front");
  network->flush();
  const auto web = start("web-1", {"front"});
  UniqueFd listener;
  outside.in([&] { listener = listen_tcp("203.0.113.2", 80); });
  EXPECT_TRUE(reaches(web.ns, "203.0.113.2", 80)) << output_of("nft list ruleset");
  network->ensure_network(made);
  const std::string rules = output_of("nft list table ip filter");
  EXPECT_EQ(rules.find("iifname"), rules.rfind("iifname")) << rules;
  network->release(web.id);
  network->remove_network(made.id);
  EXPECT_THAT(output_of("nft list table ip filter"), Not(HasSubstr("accept"))) << rules;
}

}  // namespace
}  // namespace stack::test
