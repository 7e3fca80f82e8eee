// What neighbours and containers must not reach or change on the host.
#include <gmock/gmock.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ExposureTest : public NetworkTest {
 protected:
  // A machine on the host's network that claims the host's loopback addresses.
  static NetNamespace hostile_neighbour() {
    NetNamespace out = NetNamespace::make();
    output_of("ip link add lan0 type veth peer name far && ip link set far netns /proc/" + std::to_string(::getpid()) +
              "/fd/" + std::to_string(out.fd()) + " && ip addr add 203.0.113.1/24 dev lan0 && ip link set lan0 up");
    out.in([] {
      output_of("ip addr add 203.0.113.2/24 dev far && ip link set far up");
      lose_loopback("far", "203.0.113.1");
    });
    return out;
  }
  // From now on 127.0.0.1 is reached through `gateway`.
  static void lose_loopback(const std::string& interface, const std::string& gateway) {
    output_of(
        "ip addr del 127.0.0.1/8 dev lo; ip route del local 127.0.0.0/8 dev lo table local; "
        "ip route del local 127.0.0.1 dev lo table local; echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; "
        "ip route add 127.0.0.1/32 via " +
        gateway + " dev " + interface);
  }
  // A router advertisement to everybody on the link.
  static void advertise_router() {
    const UniqueFd fd(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6));
    const int hops = 255;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
    nd_router_advert packet{};
    packet.nd_ra_type = ND_ROUTER_ADVERT;
    packet.nd_ra_router_lifetime = htons(1800);
    sockaddr_in6 everybody{};
    everybody.sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, "ff02::1", &everybody.sin6_addr);
    everybody.sin6_scope_id = ::if_nametoindex("eth0");
    ASSERT_EQ(::sendto(fd.get(), &packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&everybody), sizeof everybody),
              static_cast<ssize_t>(sizeof packet))
        << std::strerror(errno);
  }
};

TEST_F(ExposureTest, APortOfLoopbackIsTheHostsAlone) {
  make_network("front");
  const auto web = start("web-1", {"front"});
  const UniqueFd listener = listen_in(web, 80);
  publish(web, "shop/web", "127.0.0.1", 8080, 80);
  network->flush();
  const NetNamespace neighbour = hostile_neighbour();
  ASSERT_TRUE(settles([] { return setting("ipv4/conf/lan0/forwarding") == "1"; }));
  EXPECT_TRUE(connect_tcp("127.0.0.1", 8080).has_value());
  EXPECT_TRUE(accepts(listener));
  EXPECT_FALSE(reaches(neighbour, "127.0.0.1", 8080));
  EXPECT_FALSE(waiting(listener));
  const auto other = start("other-1", {"front"});
  other.ns.in([] { lose_loopback("eth0", "172.17.0.1"); });
  EXPECT_FALSE(reaches(other.ns, "127.0.0.1", 8080)) << "nor is it reached by a container";
}

TEST_F(ExposureTest, NobodySpeaksWithALoopbackAddress) {
  make_network("front");
  network->flush();
  const auto web = start("web-1", {"front"});
  const UniqueFd server = bind_udp("0.0.0.0", 9000);
  const auto send_as = [&](const std::string& source) {
    web.ns.in([&] {
      const UniqueFd client = bind_udp(source, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(9000);
      ::inet_pton(AF_INET, "172.17.0.1", &to.sin_addr);
      ASSERT_EQ(::sendto(client.get(), "hi", 2, 0, reinterpret_cast<sockaddr*>(&to), sizeof to), 2)
          << std::strerror(errno);
    });
  };
  web.ns.in([] { output_of("echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet"); });
  send_as("127.0.0.2");
  send_as("0.0.0.0");
  char buffer[8];
  sockaddr_in from{};
  socklen_t size = sizeof from;
  ASSERT_EQ(::recvfrom(server.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size), 2);
  EXPECT_EQ(::ntohl(from.sin_addr.s_addr) >> 24, 172U) << "the spoofed one came first";
}

TEST_F(ExposureTest, AContainerIsNoRouterOfTheHost) {
  if (::access("/proc/sys/net/ipv6", F_OK) != 0) GTEST_SKIP() << "no IPv6";
  for (const char* name : {"accept_ra", "autoconf", "accept_redirects"}) {
    output_of(std::string("echo 1 >/proc/sys/net/ipv6/conf/default/") + name);
  }
  model::NetworkSpec spec;
  spec.name = "inner";
  spec.internal = spec.enable_ipv6 = true;
  const auto made = make_network(spec);
  const auto web = start("web-1", {"inner"});
  web.ns.in([] {
    output_of("ip addr add fe80::2/64 dev eth0 nodad");
    advertise_router();
  });
  const auto default_route = [] { return output_of("ip -6 route show default"); };
  EXPECT_EQ(default_route(), "");
  for (const char* name : {"accept_ra", "autoconf", "accept_redirects"}) {
    EXPECT_EQ(setting("ipv6/conf/" + made.bridge + "/" + name), "0") << name;
  }
  for (const char* name : {"accept_redirects", "secure_redirects", "send_redirects", "accept_source_route"}) {
    EXPECT_EQ(setting("ipv4/conf/" + made.bridge + "/" + name), "0") << name;
  }
  // The advertisement is one that the host would believe.
  output_of("echo 1 >/proc/sys/net/ipv6/conf/" + made.bridge + "/accept_ra");
  web.ns.in([] { advertise_router(); });
  EXPECT_TRUE(settles([&] { return default_route().find("via fe80::2") != std::string::npos; }));
}

}  // namespace
}  // namespace stack::test
