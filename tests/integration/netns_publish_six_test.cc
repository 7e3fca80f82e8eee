// Published ports on the host's IPv6 addresses.
#include <gmock/gmock.h>

#include "base/error.h"
#include "tests/integration/netns_fixture.h"

namespace stack::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PublishSixTest : public NetworkTest {
 protected:
  void SetUp() override {
    NetworkTest::SetUp();
    if (IsSkipped()) return;
    if (::access("/proc/sys/net/ipv6", F_OK) != 0) GTEST_SKIP() << "no IPv6";
    output_of(
        "ip link add lan0 type bridge && ip addr add 192.0.2.1/24 dev lan0 && ip addr add 2001:db8::1/64 dev lan0 "
        "nodad "
        "&& ip link set lan0 up; ip addr add 2001:db8::9/128 dev lo nodad");
    model::NetworkSpec spec;
    spec.name = "six";
    spec.enable_ipv6 = true;
    make_network(spec);
    make_network("four");
    network->flush();
  }

  static UniqueFd listen_on(const Container& container, const std::string& address, std::uint16_t port) {
    UniqueFd fd;
    container.ns.in([&] { fd = listen_tcp(address, port); });
    return fd;
  }
  // A line there and back by way of the engine's loop, or "refused" and the like.
  std::string exchange(const std::string& address, std::uint16_t port, const UniqueFd& listener) {
    auto client = connect_tcp(address, port, std::chrono::seconds(30));  // as settles()
    if (!client) return "refused";
    UniqueFd server;
    const auto accepted = [&] {
      server = UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      return static_cast<bool>(server);
    };
    ::fcntl(listener.get(), F_SETFL, O_NONBLOCK);
    if (!settles(accepted)) return "nobody came";
    if (::send(client->get(), "ping", 4, 0) != 4) return "not sent";
    char buffer[8] = {};
    if (!settles([&] { return ::recv(server.get(), buffer, sizeof buffer, MSG_DONTWAIT) == 4; })) return "not received";
    if (::send(server.get(), "pong", 4, 0) != 4) return "not answered";
    ::shutdown(server.get(), SHUT_WR);
    std::string out;
    const auto ended = [&] {
      const ssize_t got = ::recv(client->get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (got > 0) out.append(buffer, static_cast<std::size_t>(got));
      return got == 0;
    };
    return settles(ended) ? out : "no end";
  }
  std::vector<std::string> publish_on(const Container& container, const std::string& host, std::uint16_t port,
                                      model::Protocol protocol = model::Protocol::tcp) {
    netns::PublishRequest wanted;
    wanted.container_id = container.id;
    wanted.owner = "shop/web";
    wanted.ports.push_back({host, port, port, 80, protocol});
    std::vector<std::string> out;
    for (const auto& binding : network->reserve_ports(wanted)) out.push_back(binding.host_ip);
    network->set_readiness(container.id, netns::Readiness::ready);
    network->flush();
    return out;
  }
};

TEST_F(PublishSixTest, EverywhereMeansBothFamilies) {
  const auto web = start("web-1", {"six"});
  EXPECT_THAT(publish_on(web, "", 8080), ElementsAre("0.0.0.0", "::"));
  const UniqueFd listener = listen_on(web, "::", 80);
  for (const char* address : {"127.0.0.1", "192.0.2.1", "2001:db8::1", "2001:db8::9", "::1"}) {
    EXPECT_EQ(exchange(address, 8080, listener), "pong") << address;
  }
  network->set_readiness(web.id, netns::Readiness::none);
  network->flush();
  for (const char* address : {"127.0.0.1", "2001:db8::1", "::1"}) {
    EXPECT_FALSE(connect_tcp(address, 8080).has_value()) << address;
  }
  network->set_readiness(web.id, netns::Readiness::ready);
  network->flush();
  EXPECT_EQ(exchange("::1", 8080, listener), "pong") << "once more";
}

TEST_F(PublishSixTest, TheBridgeCanAskForNeighboursFromTheBeginning) {
  const std::string links = output_of("ip -6 -oneline address show scope link");
  EXPECT_THAT(links, HasSubstr("inet6 fe80::1/64"));
  EXPECT_THAT(links, Not(HasSubstr("fe80::1/64 scope link tentative")));
}

TEST_F(PublishSixTest, OneAddressOnly) {
  const auto web = start("web-1", {"six"});
  EXPECT_THAT(publish_on(web, "2001:db8::1", 8080), ElementsAre("2001:db8::1"));
  const UniqueFd listener = listen_on(web, "::", 80);
  EXPECT_EQ(exchange("2001:db8::1", 8080, listener), "pong");
  for (const char* address : {"127.0.0.1", "2001:db8::9", "::1"}) {
    EXPECT_FALSE(connect_tcp(address, 8080).has_value()) << address;
  }
  publish_on(web, "::1", 8081);
  EXPECT_EQ(exchange("::1", 8081, listener), "pong");
  EXPECT_FALSE(connect_tcp("2001:db8::1", 8081).has_value());
}

TEST_F(PublishSixTest, ToAContainerWithoutIPv6) {
  const auto web = start("web-1", {"four"});
  const UniqueFd listener = listen_on(web, "0.0.0.0", 80);
  EXPECT_THAT(publish_on(web, "", 8080), ElementsAre("0.0.0.0"));
  publish_on(web, "::", 8081);
  for (const char* address : {"2001:db8::1", "::1"}) EXPECT_EQ(exchange(address, 8081, listener), "pong") << address;
  EXPECT_FALSE(connect_tcp("127.0.0.1", 8081).has_value());
  try {
    publish_on(web, "2001:db8::1", 8082, model::Protocol::udp);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("needs a network with IPv6"));
  }
  network->release(web.id);
  network->flush();
  EXPECT_FALSE(connect_tcp("::1", 8081).has_value());
}

TEST_F(PublishSixTest, SpreadsOverReplicasAndKeepsTheClientsAddress) {
  const auto one = start("web-1", {"six"}), two = start("web-2", {"six"});
  const UniqueFd at_one = listen_on(one, "::", 80), at_two = listen_on(two, "::", 80);
  publish_on(one, "", 8080);
  publish_on(two, "", 8080);
  const NetNamespace outside = NetNamespace::make();
  output_of(
      "ip link add up0 type veth peer name out0 && ip addr add 2001:db8:5::1/64 dev up0 nodad && "
      "ip link set up0 up && ip link set out0 netns /proc/" +
      std::to_string(::getpid()) + "/fd/" + std::to_string(outside.fd()));
  outside.in([] { output_of("ip addr add 2001:db8:5::2/64 dev out0 nodad && ip link set out0 up"); });
  ASSERT_TRUE(settles([] { return setting("ipv4/conf/up0/forwarding") == "1"; }));
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(reaches(outside, "2001:db8:5::1", 8080)) << i;
  std::string peer;
  EXPECT_TRUE(accepts(at_one, &peer));
  EXPECT_EQ(peer, "2001:db8:5::2");
  EXPECT_TRUE(accepts(at_two));
}

TEST_F(PublishSixTest, UdpFromAClientThatKeepsSending) {
  const auto log = start("log-1", {"six"});
  const UniqueFd client = bind_udp("2001:db8::1", 0);
  const auto send = [&] {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(5514);
    ::inet_pton(AF_INET6, "2001:db8::9", &to.sin6_addr);
    ::sendto(client.get(), "line", 4, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  };
  send();
  publish_on(log, "", 5514, model::Protocol::udp);
  UniqueFd server;
  log.ns.in([&] { server = bind_udp("::", 80); });
  send();
  char buffer[8];
  EXPECT_EQ(::recv(server.get(), buffer, sizeof buffer, 0), 4);
}

TEST_F(PublishSixTest, ConflictsNameTheOwner) {
  const auto web = start("web-1", {"six"});
  const UniqueFd other = listen_tcp("::1", 9000);
  try {
    publish_on(web, "::", 9000);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("[::]:9000/tcp is taken by process "));
    EXPECT_THAT(error.message(), HasSubstr("(pid " + std::to_string(::getpid()) + ")"));
  }
}

}  // namespace
}  // namespace stack::test
